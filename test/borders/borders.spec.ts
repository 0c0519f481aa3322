import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { expect, it, onTestFinished } from 'vitest';
import borders from '../../.dependency-cruiser.mjs';

/** Names of the rules that a repository of these files breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const root = mkdtempSync(path.join(tmpdir(), 'shoal-borders-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  const { forbidden, options } = borders;
  const { output } = await cruise(Object.keys(files), {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: forbidden ?? [] },
  });
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

const EMPTY = 'export const x = 1;\n';
const imports = (target: string) => `import { x } from '${target}';\nexport const y = x;\n`;

it.each([
  ['libs-know-no-app', 'libs/a/src/a.ts', 'apps/b/src/b.ts'],
  ['apps-are-apart', 'apps/a/src/a.ts', 'apps/b/src/b.ts'],
  ['libs-stand-alone', 'libs/a/src/a.ts', 'libs/b/src/b.ts'],
  ['libs-stand-alone', 'libs/contracts/src/a.ts', 'libs/b/src/b.ts'],
  ['libs-stand-alone', 'libs/nats/src/a.ts', 'libs/membership/src/b.ts'],
  ['base-lib-is-nats', 'libs/membership/src/a.ts', 'libs/scatter-gather/src/b.ts'],
  ['base-lib-is-nats', 'libs/leader-election/src/a.ts', 'libs/contracts/src/b.ts'],
  ['runtime-joins-few', 'libs/runtime/src/a.ts', 'libs/bm25-index/src/b.ts'],
  ['console-is-a-client', 'apps/console/src/a.ts', 'libs/bm25-index/src/index.ts'],
  ['console-takes-only-types-of-contracts', 'apps/console/src/a.ts', 'libs/contracts/src/index.ts'],
  ['local-run-is-outside', 'deploy/local/src/a.ts', 'libs/runtime/src/b.ts'],
  ['tests-are-not-shipped', 'apps/a/src/a.ts', 'test/cluster/b.ts'],
])('%s: %s may not import %s', async (rule, from, to) => {
  const way = path.relative(path.dirname(from), to).replace(/\.ts$/, '.js');
  expect(await broken({ [from]: imports(way), [to]: EMPTY })).toEqual([rule]);
});

it('no-cycles: two files may not need each other', async () => {
  const files = { 'libs/a/src/a.ts': imports('./b.js'), 'libs/a/src/b.ts': `${imports('./a.js')}${EMPTY}` };
  expect(await broken(files)).toContain('no-cycles');
});

it('no-cycles: types count as well', async () => {
  const type = "import type { x } from './a.js';\nexport type y = typeof x;\n";
  const files = { 'libs/a/src/a.ts': imports('./b.js'), 'libs/a/src/b.ts': `${type}${EMPTY}` };
  expect(await broken(files)).toContain('no-cycles');
});

it('found: an import may not lead nowhere', async () => {
  expect(await broken({ 'libs/a/src/a.ts': imports('./nowhere.js') })).toEqual(['found']);
});

it.each([
  ['libs/runtime/src/a.ts', 'libs/membership/src/b.ts'],
  ['libs/scatter-gather/src/a.ts', 'libs/nats/src/b.ts'],
  ['libs/a/src/a.spec.ts', 'test/cluster/b.ts'],
  ['apps/a/src/a.ts', 'libs/b/src/b.ts'],
  ['apps/console/src/a.ts', 'libs/bm25-index/src/analyzer.ts'],
])('%s may import %s', async (from, to) => {
  const way = path.relative(path.dirname(from), to).replace(/\.ts$/, '.js');
  expect(await broken({ [from]: imports(way), [to]: EMPTY })).toEqual([]);
});
