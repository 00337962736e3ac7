/** Imported before all schemas: zod would else make functions from text, which the content security policy forbids. */
import { config } from 'zod';

config({ jitless: true });
