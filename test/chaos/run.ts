import { setTimeout as sleep } from 'node:timers/promises';
import { RESULT_CACHE_TTL_MS } from '@shoal/contracts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { switchFault } from '../cluster/faults.ts';
import { until } from '../cluster/until.ts';
import { Confirmations } from './confirmations.ts';
import { Faults } from './faults.ts';
import { expectHealed } from './healing.ts';
import { History } from './history.ts';
import { Journal } from './journal.ts';
import type { Load } from './load.ts';
import { Observer } from './observer.ts';
import type { Options } from './options.ts';
import { Pool } from './pool.ts';
import { Random } from './random.ts';
import { Reader } from './reader.ts';
import { schedule } from './schedule.ts';
import { Writer } from './writer.ts';

/** Each waits for its answer and then pauses: about 40 writes and 60 reads a second while all is well. */
const WRITERS = 10;
const WRITE_PAUSE_MS = [100, 400] as const;
const READERS = 8;
const READ_PAUSE_MS = [40, 200] as const;
const OBSERVE_EVERY_MS = 150;
const ROOTS = 2;
const INDEXERS = 2;
const FRONTENDS = 2;
const SPARES = 1;
const PARTITIONS = 16;

/** What a run leaves behind; times in its journal and history count from `startedAt`. */
export interface Run {
  options: Options;
  journal: Journal;
  history: History;
  startedAt: number;
  endedAt: number;
}

/** Starts a cluster, lets a schedule of faults loose on it under load, cures it and examines it. */
export async function runChaos(options: Options): Promise<Run> {
  const { seed, documents, shards, replicas, nats, data, faults } = options;
  const members = shards * replicas + SPARES;
  const cluster = await startCluster({
    shards,
    replicas,
    members,
    nats,
    roots: ROOTS,
    indexers: INDEXERS,
    frontends: FRONTENDS,
    partitions: PARTITIONS,
    data,
  });
  const durationMs = options.minutes * 60_000;
  const journal = new Journal();
  const history = new History();
  const load: Load = {
    url: cluster.url,
    history,
    confirmations: new Confirmations(),
    pool: new Pool(documents),
    journal,
    // With several nats-servers an invalidation may be lost (docs/failure-model.md).
    cachedForMs: nats > 1 ? RESULT_CACHE_TTL_MS : 0,
  };
  const startedAt = performance.now();
  try {
    await new Writer(load, new Random(seed)).upload(documents);
    for (const fault of faults) await switchFault(cluster, fault, true);
    const over = AbortSignal.any([journal.signal, AbortSignal.timeout(durationMs)]);
    const healed = new AbortController();
    const seen = AbortSignal.any([journal.signal, healed.signal]);
    const targets = { nats, frontend: FRONTENDS, root: ROOTS, indexer: INDEXERS, shard: members };
    const hurtAndCure = async () => {
      await Promise.all([
        new Faults(cluster, journal).carryOut(schedule(seed, durationMs, targets), over),
        ...writers(load, seed, over),
      ]);
      for (const fault of faults)
        await until(`${fault} is off`, () => switchFault(cluster, fault, false).then(() => true));
      journal.note('all faults are cured');
      expectTried(load);
      if (!journal.signal.aborted) await expectHealed(load, members);
    };
    // What heals must not answer wrongly meanwhile: it is read and watched to the end.
    await Promise.all([
      hurtAndCure().finally(() => healed.abort()),
      ...readers(load, seed, seen),
      ...observers(cluster, journal, seen),
    ]);
    return { options, journal, history, startedAt, endedAt: performance.now() };
  } finally {
    await cluster.stop();
  }
}

/** A run in which nothing was answered would pass as well. */
function expectTried({ history, journal }: Load): void {
  const { answers, reads } = journal.counts;
  if (answers > 0 && reads > 0 && history.count('acknowledged') > 0) return;
  const violation = { rule: 'something is served', detail: 'there was nothing to check', ids: [] };
  if (!journal.signal.aborted) journal.judge([violation], performance.now(), () => '');
}

function writers(load: Load, seed: number, over: AbortSignal): Promise<void>[] {
  return workers(WRITERS, WRITE_PAUSE_MS, seed, over, (random) => {
    const writer = new Writer(load, random);
    return () => writer.write();
  });
}

function readers(load: Load, seed: number, over: AbortSignal): Promise<void>[] {
  return workers(READERS, READ_PAUSE_MS, seed, over, (random) => {
    const reader = new Reader(load, random);
    return () => reader.read();
  });
}

function workers(
  count: number,
  pause: readonly [number, number],
  seed: number,
  over: AbortSignal,
  make: (random: Random) => () => Promise<void>,
): Promise<void>[] {
  return Array.from({ length: count }, (_, at) => {
    const random = new Random(seed + at * 1_000_003 + pause[0]);
    return repeat(make(random), () => random.whole(...pause), over);
  });
}

function observers(cluster: Cluster, journal: Journal, over: AbortSignal): Promise<void>[] {
  return Array.from({ length: FRONTENDS }, (_, at) => {
    const name = `frontend-${at}`;
    const observer = new Observer(name, journal);
    const observe = async () => {
      const url = cluster.processes.find((process) => process.name === name)?.url;
      if (url) await observer.observe(url);
    };
    return repeat(observe, () => OBSERVE_EVERY_MS, over);
  });
}

async function repeat(work: () => Promise<void>, pauseMs: () => number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await work();
    await sleep(pauseMs(), undefined, { signal: over }).catch(() => undefined);
  }
}
