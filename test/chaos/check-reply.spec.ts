import { expect, it } from 'vitest';
import { checkReply } from './check-reply.ts';

const broken = (status: number, malformed = false) =>
  checkReply('it', { status, malformed, body: '', sentAt: 0, receivedAt: 1 }, [200, 404]).map(
    ({ rule }) => rule,
  );

it('what was asked for, or that it cannot be had now, is right', () => {
  expect([200, 404, 0, 429, 503, 504].flatMap((status) => broken(status))).toEqual([]);
});

it('any other status is wrong', () => {
  for (const status of [202, 400, 408, 500, 502]) expect(broken(status)).toEqual(['no wrong status']);
});

it('what cannot be read is wrong, whatever its status', () => {
  for (const status of [200, 503]) expect(broken(status, true)).toEqual(['answers can be read']);
});
