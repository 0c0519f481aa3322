import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from './commands.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json'));
/** Of npm itself, or of one workspace: who calls them works on the code, and has the packages. */
const OTHERS = ['sbom', 'lint', 'typecheck', 'format'];

it.each(Object.entries(COMMANDS))('names an npm script and a file that exists: %s', (name, { run }) => {
  expect(scripts[name]).toBe(`node deploy/local/bootstrap.mjs ${name}`);
  if (!run) return;
  // What is built comes from a source.
  const source = run[0].replace('/dist/', '/src/').replace(/(?<=\/src\/.*)\.js$/, '.ts');
  expect(existsSync(path.join(root, source))).toBe(true);
});

it('every npm script that a text tells a person to run works on a fresh clone', () => {
  const texts = globSync('**/*.md', { cwd: root, exclude: (name) => name === 'node_modules' });
  const told = texts.flatMap((file) =>
    [...read(file).matchAll(/`?npm (?:run (?:-s )?)?([a-z][a-z:]*)/g)].map(([, name]) => name),
  );
  const names = new Set(told.filter((name) => name in scripts && !OTHERS.includes(name)));
  expect([...names]).toEqual(expect.arrayContaining(['start', 'test', 'kind:up', 'load', 'bench:overload']));
  expect([...names].filter((name) => !(name in COMMANDS))).toEqual([]);
});
