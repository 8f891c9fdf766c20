import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** What the trading page may load before it shows anything: issue 8 of the desk wants a quick first price. */
const LIMIT_KB = 200;

/** Tells at the end of a build how much JavaScript an entry and all that it imports come to, and holds the limit. */
export function firstLoad(entry: string): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = staticChunks(entry, bundle);
      const sizes = chunks.map((chunk) => ({ name: chunk.fileName, kb: gzipSync(chunk.code).length / 1000 }));
      const total = sizes.reduce((sum, { kb }) => sum + kb, 0);
      const list = sizes.map(({ name, kb }) => `${name.replace('assets/', '')} ${kb.toFixed(1)}`).join(', ');
      const line = `first load: ${total.toFixed(1)} kB of JavaScript (gzip), at most ${LIMIT_KB}: ${list}`;
      if (total > LIMIT_KB) this.error(line);
      this.info(line);
    },
  };
}

function staticChunks(entry: string, bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const found = new Set<Rolldown.OutputChunk>();
  const visit = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (!chunk || found.has(chunk)) return;
    found.add(chunk);
    for (const name of chunk.imports) visit(chunks.find(({ fileName }) => fileName === name));
  };
  visit(chunks.find((chunk) => chunk.isEntry && chunk.name === entry));
  return [...found];
}
