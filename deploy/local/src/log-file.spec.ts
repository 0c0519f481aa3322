import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LogFile } from './log-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['', 'it printed nothing'],
  ['starting\ncannot start: mend it\n\nNode.js v24.1.0\n', 'cannot start: mend it'],
  ['{"level":"info","msg":"starting"}\n{"level":"error","msg":"mend it"}\n', 'mend it'],
  ['{"level":"error"}\n', '{"level":"error"}'],
  ['[1] {broken\n', '[1] {broken'],
])('of %j the telling part is %j', (printed, telling) => {
  const log = new LogFile(path.join(folder, 'process.log'));
  log.lend((descriptor) => writeSync(descriptor, printed));
  log.note('warn', 'exit code 1');
  expect(log.lastLine()).toBe(telling);
});
