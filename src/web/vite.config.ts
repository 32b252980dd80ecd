import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { compressed } from './vite-compressed.js';

/** The HTML pages: the page itself, and the explorer, which shares no code with it. */
const ENTRIES = ['index.html', 'explorer.html'];

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [compressed()],
  // Preact's JSX; files of the explorer name React by `@jsxImportSource react`.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 5_000,
    rolldownOptions: {
      // Packages of the explorer are written for servers too, and say so in each file.
      checks: { moduleLevelDirective: false },
      input: ENTRIES.map((name) => join(import.meta.dirname, name)).filter((path) => existsSync(path)),
    },
  },
});
