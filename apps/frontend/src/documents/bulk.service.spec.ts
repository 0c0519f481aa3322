import { Readable } from 'node:stream';
import { BadRequestException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { BulkService } from './bulk.service.js';
import type { IntakePublisher } from './intake-publisher.js';

it('holds a broken upload until nothing of it is in flight', async () => {
  const stored = Promise.withResolvers<number>();
  const sent = Promise.withResolvers<void>();
  const intake = {
    putWrite: ({ id }: { id: string }) => ({ op: 'put', partition: 0, key: id, document: '{}' }),
    acceptMany: () => {
      sent.resolve();
      return stored.promise;
    },
  };
  const body = new Readable({ read: () => undefined });
  let ended = false;
  const broken = new BulkService(intake as unknown as IntakePublisher)
    .store(body)
    .finally(() => (ended = true));
  const lines = Array.from({ length: 250 }, (_, n) => JSON.stringify({ id: `d${n}`, title: 't', text: 'x' }));
  body.push(`${lines.join('\n')}\n`);
  await sent.promise;

  const closed = new Promise((resolve) => body.once('close', resolve));
  body.destroy(new Error('the sender has gone'));
  await closed;
  // All that follows at once from the end of the body.
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  stored.resolve(1);
  await expect(broken).rejects.toThrow(BadRequestException);
});
