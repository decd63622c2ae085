/** Builds the console into dist/console, and serves it while it is worked on. It must not know what the console shows. */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    emptyOutDir: true,
    // What light-dark() needs; every one of them is more than a year old.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    manifest: true,
    // Styles and fonts stay files: the content security policy has no data: for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': process.env['CONSOLE_API'] ?? 'http://127.0.0.1:8084' } },
});
