import { HttpException, Logger, type ArgumentsHost } from '@nestjs/common';
import type { Problem } from '@shoal/contracts';
import { LogUnavailableError, PublishTimeoutError, QueueFullError } from '@shoal/nats';
import { fastify } from 'fastify';
import { afterEach, expect, it, vi } from 'vitest';
import { ProblemFilter } from './problem.filter.js';

const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
afterEach(() => warn.mockClear());

/** The answer to a request that failed so. */
async function answerTo(error: Error): Promise<Problem> {
  const app = fastify();
  app.put('/', (request, reply) => {
    const http = { getRequest: () => request, getResponse: () => reply };
    new ProblemFilter().catch(error, { switchToHttp: () => http } as ArgumentsHost);
  });
  const answer = await app.inject({ method: 'PUT', url: '/' });
  expect(answer.headers['retry-after']).toBe('1');
  return answer.json<Problem>();
}

it.each([
  [new QueueFullError('intake.one.a', null), /nothing of this one was stored: send it again/],
  [new LogUnavailableError('intake.one.a', null), /cannot be stored now: send it again/],
  // Somebody who took it for not stored would be wrong; repeating it is what makes sure.
  [new PublishTimeoutError('intake.one.a', 5_000, null), /may be stored already.* Send it again/],
])('%s: the client is told what is known of its write', async (error, detail) => {
  expect(await answerTo(error)).toMatchObject({
    status: 503,
    detail: expect.stringMatching(detail) as string,
  });
});

it('a 503 is a line in the log, which says what the client was told and nothing that it sent', async () => {
  const { detail } = await answerTo(new PublishTimeoutError('intake.one.secret', 5_000, null));
  expect(warn.mock.calls).toEqual([[{ msg: 'a request was answered with 503', route: '/', detail }]]);
});

it('but for one that was shed: there is too much to do already', async () => {
  await answerTo(new HttpException('too many searches are under way: try again', 503));
  expect(warn).not.toHaveBeenCalled();
});
