import { SpanStatusCode, type ReadableSpan } from '@shoal/telemetry';
import { describe, expect, it } from 'vitest';
import { isWorthKeeping } from './worth-keeping.js';

const span = (change: Partial<ReadableSpan>) =>
  ({
    attributes: { 'shoal.coverage.degraded': false },
    status: { code: SpanStatusCode.UNSET },
    duration: [0, 249_900_000],
    ...change,
  }) as ReadableSpan;

describe('isWorthKeeping', () => {
  it.each<[string, Partial<ReadableSpan>, boolean]>([
    ['a quick and complete answer', {}, false],
    ['a slow one', { duration: [0, 250_000_000] }, true],
    ['one of more than a second', { duration: [1, 0] }, true],
    ['a failed one', { status: { code: SpanStatusCode.ERROR } }, true],
    ['a degraded one', { attributes: { 'shoal.coverage.degraded': true } }, true],
    ['one that was shed', { attributes: { 'shoal.shed': 'rate-limit' } }, true],
  ])('of %s', (_, change, worth) => {
    expect(isWorthKeeping(span(change))).toBe(worth);
  });
});
