import { expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

it('the target of the acceptance suite is the local run, unless told', () => {
  expect(parseOptions([])).toBe('local');
  expect(parseOptions(['--target', 'compose'])).toBe('compose');
  expect(parseOptions(['--target', 'kubernetes'])).toBe('kubernetes');
  expect(parseOptions(['--help'])).toBe('help');
});

it.each([
  [['--target', 'moon'], /^--target must be local, compose or kubernetes, not "moon"$/],
  [['--target', 'toString'], /^--target must be/],
  [['compose'], /^Unexpected argument 'compose'$/],
])('%j is rejected in one line', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
