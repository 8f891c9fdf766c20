/**
 * Writes src/lib/api/schema.ts, the types of the API, from the OpenAPI document on standard input; with --check it
 * writes nothing and fails when that file isn't what it would write. `make types` runs it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const FILE = fileURLToPath(new URL('../src/lib/api/schema.ts', import.meta.url));
const HEADER = `/**
 * The API's types, made from its OpenAPI document by \`make types\`: what is changed here by hand is lost.
 * What the page calls them is in types.ts.
 */

`;

const document = JSON.parse(await text(process.stdin));
// The page needs what is sent and answered; of the routes with all their refusals there would be thousands of lines.
const shapes = { ...document, paths: {} };
// A request may leave out what has a default.
const nodes = await openapiTS(shapes, { defaultNonNullable: false });
const schema = HEADER + astToString(nodes);
const name = relative(process.cwd(), FILE);
if (!process.argv.includes('--check')) {
  await writeFile(FILE, schema);
} else if ((await readFile(FILE, 'utf8').catch(() => '')) !== schema) {
  console.error(`${name} is not what the API's routes say: run \`make types\` and commit it.`);
  process.exitCode = 1;
}
