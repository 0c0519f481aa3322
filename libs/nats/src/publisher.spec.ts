import { errors, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { LogUnavailableError, Publisher, PublishTimeoutError, QueueFullError } from './publisher.js';

const STORED = { stream: 'S', seq: 7 };
const FULL = { error: { code: 503, err_code: 10077, description: 'maximum bytes exceeded' } };
const AWAY = { error: { code: 503, err_code: 10008, description: 'temporarily unavailable' } };
const IN_PROCESS = {
  error: { code: 409, err_code: 10158, description: 'duplicate message id is in process' },
};
const NONE = null;

/** A connection that returns one answer a try, then repeats the last one. */
function answering(...answers: (object | null)[]) {
  const ids: string[] = [];
  const connection = {
    options: {},
    request: (_subject: string, _payload: string, { headers }: { headers: MsgHdrs }) => {
      ids.push(headers.get('Nats-Msg-Id'));
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer
        ? Promise.resolve({ data: Buffer.from(JSON.stringify(answer)) })
        : Promise.reject(new errors.TimeoutError());
    },
  };
  return { ids, connection: connection as unknown as NatsConnection };
}

const publish = (answers: (object | null)[], waitsForRoom = false) =>
  new Publisher(answering(...answers).connection, { timeoutMs: 350, retriesWhenFull: waitsForRoom }).publish(
    's',
    'x',
  );

describe('Publisher', () => {
  it('retries with one id until the message is stored', async () => {
    const { ids, connection } = answering(NONE, AWAY, IN_PROCESS, STORED);
    expect(await new Publisher(connection).publish('s', 'x')).toBe(7);
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
  });

  it('reports a rejection only when every try was rejected', async () => {
    await expect(publish([FULL])).rejects.toThrow(QueueFullError);
    await expect(publish([AWAY])).rejects.toThrow(LogUnavailableError);
    await expect(publish([AWAY, FULL])).rejects.toThrow(QueueFullError);
    await expect(publish([NONE, FULL])).rejects.toThrow(PublishTimeoutError);
    await expect(publish([IN_PROCESS, FULL])).rejects.toThrow(PublishTimeoutError);
    await expect(publish([NONE, AWAY])).rejects.toThrow(PublishTimeoutError);
  });

  it('retries a full stream until the timeout when waitsForRoom is set', async () => {
    expect(await publish([FULL, FULL, STORED], true)).toBe(7);
    await expect(publish([FULL], true)).rejects.toThrow(QueueFullError);
  });
});
