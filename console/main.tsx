/** The console's entry. */
import '@cloudscape-design/global-styles/index.css';
import './parts/styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';

if (!location.pathname.startsWith('/console/')) history.replaceState(null, '', '/console/jobs');

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
