import { expect, it } from 'vitest';
import { readableLine } from './readable-line.js';

const line = {
  level: 'warn',
  time: '2026-08-01T17:31:46.857Z',
  'service.name': 'root',
  'service.instance.id': 'root-0',
  context: 'gather',
  shard: 3,
  replica: 'shard-5',
  msg: 'shard missing',
};

it('puts time, level, context and text first, then the fields', () => {
  expect(readableLine(JSON.stringify(line))).toBe(
    '17:31:46.857 WARN  [gather] shard missing shard=3 replica=shard-5\n',
  );
});

it('puts the stack below', () => {
  const failed = {
    ...line,
    level: 'error',
    'exception.type': 'Error',
    'exception.stacktrace': 'Error: x\n  at y',
  };
  expect(readableLine(JSON.stringify(failed))).toBe(
    '17:31:46.857 ERROR [gather] shard missing shard=3 replica=shard-5\n    Error: x\n      at y\n',
  );
});
