/** The build of the console: `vite build` writes `dist/console`, which both hosts serve below /console/. */
import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vite';

const ROOT = join(import.meta.dirname, 'console');
const PUBLIC = join(ROOT, 'public');
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

/** Files of builds before go when those of this one are there: whoever reads the folder meanwhile finds a console. */
function withoutOldFiles() {
  return {
    name: 'without-old-files',
    writeBundle({ dir }, bundle) {
      const kept = new Set([...Object.keys(bundle), ...readdirSync(PUBLIC)]);
      for (const file of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        const path = join(file.parentPath, file.name);
        if (file.isFile() && !kept.has(relative(dir, path))) rmSync(path, { force: true });
      }
    },
  };
}

// A build that a test or a developer's shell starts is the one that users get, without React's checks for development.
process.env.NODE_ENV = 'production';

export default defineConfig({
  root: ROOT,
  base: '/console/',
  plugins: [fontsAsFiles(), withoutOldFiles()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: false,
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
