import { Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { INTAKE_HEADER, MOVED_FROM_HEADER, SCHEMA_VERSION } from '@shoal/contracts';
import type * as nats from '@shoal/nats';
import type { TailOptions } from '@shoal/nats';
import type { Faults } from '@shoal/runtime';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ReplicaService } from './replica.service.js';
import type { ShardAssignment, AssignmentWatcher } from './assignment-watcher.js';

/** The tails that were opened, played by hand. */
const tails = vi.hoisted((): TailOptions[] => []);
vi.mock('@shoal/nats', async (original) => ({
  ...(await original<typeof nats>()),
  tail: (_: NatsConnection, options: TailOptions) => {
    tails.push(options);
    return Promise.resolve({ stop: () => Promise.resolve(), catchUp: () => undefined });
  },
}));

beforeAll(() => Logger.overrideLogger(false));

async function opensTail(act: () => void): Promise<void> {
  const before = tails.length;
  act();
  await vi.waitFor(() => expect(tails.length).toBe(before + 1), { interval: 1 });
}

async function startCopy() {
  const listeners: ((place: ShardAssignment) => void)[] = [];
  const place = {
    current: null as ShardAssignment | null,
    onChange: (listener: (place: ShardAssignment) => void) => listeners.push(listener),
  };
  const partitions = new ReplicaService(
    {} as NatsConnection,
    place as unknown as AssignmentWatcher,
    { untilOff: () => Promise.resolve() } as unknown as Faults,
  );
  partitions.onModuleInit();
  const ready = vi.fn<() => void>();
  partitions.onReady(() => partitions.ready && ready());
  /** Is put there by the topology. */
  const move = (...numbers: number[]) =>
    opensTail(() => {
      place.current = { epoch: 1, shard: 0, partitions: numbers, rank: 0, since: 1 };
      for (const listener of listeners) listener(place.current);
    });
  await move(0, 1);
  return { partitions, ready, move };
}

const log = () => tails.at(-1)!;

/** The log brings the write with that INTAKE sequence, which is its own, too. */
function bring(
  partition: number,
  intake: number,
  document = '{"id":"a","title":"A","text":"a"}',
  movedFrom?: number,
  key = 'a',
) {
  const headers = new Map([[INTAKE_HEADER, String(intake)]]);
  if (movedFrom !== undefined) headers.set(MOVED_FROM_HEADER, String(movedFrom));
  log().onRecord({
    subject: `docs.${partition}.${key}`,
    sequence: intake,
    payload: Buffer.from(document),
    header: (name) => headers.get(name),
  });
}

const asked = (partition: number, intake: number, more: { inLog?: boolean; waitMs?: number } = {}) => ({
  v: SCHEMA_VERSION,
  partition,
  intake,
  inLog: true,
  waitMs: 5_000,
  ...more,
});

it('sorts titles in before somebody asks for a completion, in one partition after the other', async () => {
  const { partitions } = await startCopy();
  log().onCaughtUp();
  for (let number = 0; number < 100; number++)
    bring(
      number % 2,
      number + 1,
      JSON.stringify({ id: `${number}`, title: 'A', text: 'a' }),
      undefined,
      `${number}`,
    );
  const waiting = () => partitions.all().map(({ titles }) => titles.waiting);
  expect(waiting()).toEqual([50, 50]);
  await vi.waitFor(() => expect(waiting()).toEqual([0, 0]));
  await partitions.onApplicationShutdown();
});

describe('a copy that was asked for a write while it replayed', () => {
  it('promises it when it is in the log, and is not ready before it has come, however late', async () => {
    const { partitions, ready } = await startCopy();
    expect(await partitions.reached(asked(1, 50, { waitMs: 0 }))).toBe('promised');
    log().onCaughtUp();
    bring(0, 60);
    bring(1, 49);
    expect([partitions.ready, ready.mock.calls.length]).toEqual([false, 0]);
    bring(1, 51);
    expect([partitions.ready, ready.mock.calls.length]).toEqual([true, 1]);
  });

  it('promises nothing that may not be in the log', async () => {
    const { partitions } = await startCopy();
    expect(await partitions.reached(asked(1, 50, { inLog: false }))).toBe('late');
    log().onCaughtUp();
    expect(partitions.ready).toBe(true);
  });

  it('says so at once when it holds the write', async () => {
    const { partitions } = await startCopy();
    bring(1, 50);
    expect(await partitions.reached(asked(1, 50, { inLog: false }))).toEqual({ movedFrom: undefined });
  });

  it('is held to its promise no longer when it starts over, as the log it reads anew has the write', async () => {
    const { partitions } = await startCopy();
    expect(await partitions.reached(asked(1, 50))).toBe('promised');
    await opensTail(() => log().onError(new Error('another log')));
    log().onCaughtUp();
    expect(partitions.ready).toBe(true);
  });

  it('is held to it no longer when the partition is taken away', async () => {
    const { partitions, move } = await startCopy();
    expect(await partitions.reached(asked(1, 50))).toBe('promised');
    await move(0);
    log().onCaughtUp();
    expect(partitions.ready).toBe(true);
  });

  it('becomes ready when what it has promised is damaged: it will not come again', async () => {
    const { partitions } = await startCopy();
    expect(await partitions.reached(asked(1, 50))).toBe('promised');
    log().onCaughtUp();
    bring(1, 50, 'damaged');
    expect(partitions.ready).toBe(true);
  });

  it('is never ready without all that it has promised, in whatever order it hears of everything', async () => {
    const number = fc.nat({ max: 1 });
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        partition: number,
        intake: fc.integer({ min: 1, max: 30 }),
      }),
      fc.record({ kind: fc.constant('bring' as const), partition: number }),
      fc.record({ kind: fc.constant('level' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { partitions } = await startCopy();
        const promised = [0, 0];
        const held = [0, 0];
        const wrong: object[] = [];
        let sequence = 0;
        for (const next of steps) {
          if (next.kind === 'ask') {
            const outcome = await partitions.reached(asked(next.partition, next.intake, { waitMs: 0 }));
            if (outcome === 'promised')
              promised[next.partition] = Math.max(promised[next.partition]!, next.intake);
            if (typeof outcome === 'object' && held[next.partition]! < next.intake) wrong.push(next);
          } else if (next.kind === 'bring') bring(next.partition, (held[next.partition] = ++sequence));
          else log().onCaughtUp();
          if (partitions.ready && held.some((intake, at) => intake < promised[at]!)) wrong.push(next);
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});

describe('a copy that is level with the log', () => {
  it('waits for a write as long as it is told to', async () => {
    const { partitions } = await startCopy();
    log().onCaughtUp();
    const outcome = partitions.reached(asked(0, 7, { inLog: false }));
    bring(0, 7);
    expect(await outcome).toEqual({ movedFrom: undefined });
    expect(await partitions.reached(asked(0, 8, { waitMs: 1 }))).toBe('late');
    expect(partitions.ready).toBe(true);
  });

  it('says where a document was taken from, however many others are moved right after it', async () => {
    const { partitions } = await startCopy();
    log().onCaughtUp();
    const outcome = partitions.reached(asked(1, 1));
    for (let intake = 1; intake <= 1_000; intake++) bring(1, intake, undefined, 0);
    expect(await outcome).toEqual({ movedFrom: 0 });
  });
});
