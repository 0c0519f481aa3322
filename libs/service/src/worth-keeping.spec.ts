import { SpanStatusCode, type EndedRequest } from '@shoal/telemetry';
import { describe, expect, it } from 'vitest';
import { isWorthKeeping } from './worth-keeping.js';

const ended = (change: Partial<EndedRequest>): EndedRequest => ({
  attributes: { 'shoal.coverage.degraded': false },
  status: { code: SpanStatusCode.UNSET },
  durationMs: 249.9,
  ...change,
});

describe('isWorthKeeping', () => {
  it.each<[string, Partial<EndedRequest>, boolean]>([
    ['a quick and complete answer', {}, false],
    ['a slow one', { durationMs: 250 }, true],
    ['a failed one', { status: { code: SpanStatusCode.ERROR } }, true],
    ['a degraded one', { attributes: { 'shoal.coverage.degraded': true } }, true],
    ['one that was shed', { attributes: { 'shoal.shed': 'rate-limit' } }, true],
  ])('of %s', (_, change, worth) => {
    expect(isWorthKeeping(ended(change))).toBe(worth);
  });
});
