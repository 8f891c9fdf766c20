import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const PACKABLE = /\.(js|css|html|svg)$/;
const pack = promisify(gzip);

/** Writes each text file of the build as NAME.gz too: packed once and well, instead of for every visitor. */
export function packedFiles(folder: string): Plugin {
  return {
    name: 'packed-files',
    apply: 'build',
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(names.filter((name) => PACKABLE.test(name)).map((name) => packFile(join(folder, name))));
    },
  };
}

async function packFile(path: string): Promise<void> {
  await writeFile(`${path}.gz`, await pack(await readFile(path), { level: constants.Z_BEST_COMPRESSION }));
}
