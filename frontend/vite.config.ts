import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { firstLoad } from './scripts/first-load.ts';
import { packedFiles } from './scripts/packed-files.ts';

const dist = fileURLToPath(new URL('./dist', import.meta.url));
const backend = 'http://localhost:5000';

/**
 * sonner writes its styles into the page as an inline <style>, which a strict content security policy forbids.
 * styles.css imports the same styles as a file, so the inline copy is taken out of the build.
 */
function sonnerWithoutInlineStyle(): Plugin {
  return {
    name: 'sonner-without-inline-style',
    apply: 'build',
    transform(code, id) {
      if (!id.includes('/node_modules/sonner/dist/index.mjs')) return null;
      const changed = code.replace(/^__insertCSS\(.*\);?$/m, '');
      if (changed === code) this.error('sonner no longer calls __insertCSS: this plugin can go, or must be mended.');
      return { code: changed, map: null };
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), sonnerWithoutInlineStyle(), firstLoad('main'), packedFiles(dist)],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    proxy: {
      '/api': backend,
      '/ws': { target: backend, ws: true },
    },
  },
  build: {
    outDir: dist,
    // Everything is a hashed file of our own origin: data: URLs would need a hole in the content security policy.
    assetsInlineLimit: 0,
    // The API's documentation is that large, on its own page; what the desk loads first is held by scripts/first-load.ts.
    chunkSizeWarningLimit: 1_600,
    rolldownOptions: {
      input: {
        main: fileURLToPath(new URL('./index.html', import.meta.url)),
        docs: fileURLToPath(new URL('./docs.html', import.meta.url)),
      },
      output: {
        // The libraries change less often than the desk: in files of their own they stay in the browser's cache.
        codeSplitting: {
          groups: [
            { name: 'chart', test: /node_modules[\\/](lightweight-charts|fancy-canvas)/ },
            { name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/ },
            { name: 'docs', test: /node_modules[\\/]swagger-ui-dist/ },
          ],
        },
      },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
