/** The build of the console: `vite build` writes `dist/console`, which both hosts serve below /console/. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

const FONT = /url\(data:font\/woff2;base64,([A-Za-z0-9+/=]+)\)/g;

/** Fonts inside the style sheet become files: the content security policy allows no data: URL. */
function fontsAsFiles() {
  return {
    name: 'fonts-as-files',
    generateBundle(_, bundle) {
      for (const sheet of Object.values(bundle)) {
        if (sheet.type !== 'asset' || !sheet.fileName.endsWith('.css')) continue;
        sheet.source = String(sheet.source).replaceAll(FONT, (_, data) => {
          const file = this.emitFile({ type: 'asset', name: 'font.woff2', source: Buffer.from(data, 'base64') });
          return `url(/console/${this.getFileName(file)})`;
        });
      }
    },
  };
}

export default defineConfig({
  root: join(import.meta.dirname, 'console'),
  base: '/console/',
  plugins: [fontsAsFiles()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Browsers of the last two years.
    target: 'baseline-widely-available',
    chunkSizeWarningLimit: 1300,
    rolldownOptions: {
      onLog(level, log, report) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
