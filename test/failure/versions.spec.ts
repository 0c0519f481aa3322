import { headers, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { partitionOf } from '@shoal/consistent-hashing';
import {
  encodeWrites,
  intakeSubject,
  INTAKE_STREAM,
  shardSubject,
  VERSION_HEADER,
  type ShardBatch,
  type ShardReply,
} from '@shoal/contracts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { connectAs } from '../cluster/nats-access.ts';
import { OtherRelease, type Release } from '../cluster/other-release.ts';
import { searchAll, seedDocuments } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

/** Reads what the release after it will write, and still writes what the one before it reads. */
const NEXT: Release = { written: 1, oldest: 1, newest: 2 };
/** Two releases on: neither understands the other. */
const TOO_NEW: Release = { written: 3, oldest: 2, newest: 3 };

const DOCUMENTS = 50;
const PARTITIONS = 64;
const NEWER = { id: 'newer', title: 'Newer', text: 'ahead' };
const INDEXER = { SHOAL_SHARDS: '1', SHOAL_REPLICAS: '2' };

let cluster: Cluster;
const others: OtherRelease[] = [];
const connections: NatsConnection[] = [];

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, replicas: 2, members: 1 });
  await seedDocuments(cluster.api, DOCUMENTS);
  return () => cluster.stop();
});

afterEach(async () => {
  await Promise.all(others.splice(0).map((other) => other.kill()));
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});

async function start(...[role, name, release, settings]: Tail<ConstructorParameters<typeof OtherRelease>>) {
  const other = new OtherRelease(cluster, role, name, release, settings);
  others.push(other);
  await other.listens();
  return other;
}
type Tail<T> = T extends [unknown, ...infer Rest] ? Rest : never;

async function connected(user: Parameters<typeof connectAs>[1]): Promise<NatsConnection> {
  const connection = await connectAs(cluster, user);
  connections.push(connection);
  return connection;
}

/** Searches past all caches and expects a complete answer. @returns the replica that answered */
async function answeringReplica(): Promise<string | undefined> {
  const { profile, coverage, total } = await searchAll(cluster);
  expect({ ...coverage, total: total.value }).toMatchObject({ degraded: false, total: DOCUMENTS });
  return profile?.shards[0]?.replica ?? undefined;
}

const unknown = (name: string, message: string) =>
  valueOf(cluster.process(name), 'shoal_unknown_version_total', { message });

/** Searches until stopped and expects complete answers. */
function searching(): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const loop = async () => {
    while (!stopped.signal.aborted) await answeringReplica();
  };
  const looping = loop();
  // A failure is reported by stop(), not as an unhandled rejection.
  looping.catch(() => {});
  return {
    stop: () => {
      stopped.abort();
      return looping;
    },
  };
}

describe('a replica of the next release', () => {
  it('serves beside this release and alone without degraded searches', async () => {
    const client = searching();
    const next = await start('shard', 'shard-next', NEXT);
    await until('the next release answers', async () => (await answeringReplica()) === next.name);
    await until('this release answers too', async () => (await answeringReplica()) === 'shard-0');

    const killed = cluster.signal('shard-0', 'SIGKILL');
    const alone = await Promise.all(Array.from({ length: 10 }, answeringReplica));
    expect(new Set(alone)).toEqual(new Set([next.name]));
    await until('this release is back', async () => (await answeringReplica()) === 'shard-0');
    expect(cluster.process('shard-0').pid).not.toBe(killed);

    await next.kill();
    for (let i = 0; i < 10; i++) expect(await answeringReplica()).toBe('shard-0');
    await client.stop();
    const ours = cluster.processes.filter(({ role }) => role !== 'nats');
    const rejected = await Promise.all(
      ours.map((process) => valueOf(process, 'shoal_unknown_version_total')),
    );
    expect(rejected).toEqual(ours.map(() => 0));
  });

  it('reads a version that this release rejects and counts', async () => {
    const next = await start('shard', 'shard-next', NEXT);
    await until('the next release answers', async () => (await answeringReplica()) === next.name);
    const root = await connected('root');
    const ask = async (member: string): Promise<ShardReply> => {
      const batch: ShardBatch = { v: 2, shard: 0, counted: [], queries: [] };
      const reply = await root.request(shardSubject.query(member), JSON.stringify(batch), { timeout: 2_000 });
      return reply.json<ShardReply>();
    };
    const before = await unknown('shard-0', 'a query batch');
    expect(await ask('shard-0')).toMatchObject({ rejected: 'unknown-version' });
    expect(await unknown('shard-0', 'a query batch')).toBe(before + 1);
    expect(await ask(next.name)).not.toMatchObject({ rejected: 'unknown-version' });
  });
});

describe('a replica that is too new', () => {
  it('is left out and reported while this release serves', async () => {
    const { pid } = cluster.process('shard-0');
    const client = searching();
    const tooNew = await start('shard', 'shard-too-new', TOO_NEW);
    for (const name of ['root-0', 'frontend-0', 'indexer-0'])
      await until(`${name} has rejected it`, async () => (await unknown(name, 'a heartbeat')) > 2);
    await client.stop();

    const { members, shards } = await cluster.api.cluster();
    expect(members.map(({ member }) => member)).not.toContain(tooNew.name);
    expect(shards[0]?.replicas.map(({ member }) => member)).not.toContain(tooNew.name);
    expect(cluster.process('shard-0').pid).toBe(pid);
    expect(tooNew.isAlive).toBe(true);
    // The new replica cannot read this release's topology either: it counts that and waits.
    expect(
      await valueOf(tooNew.process, 'shoal_unknown_version_total', { message: 'a topology' }),
    ).toBeGreaterThan(0);
    expect(tooNew.log).toMatch(/a topology has schema version 1; this process reads versions 2 to 3/);
    const said = cluster
      .log('root-0')
      .split('\n')
      .filter((line) => line.includes('a heartbeat has schema version 3'));
    expect(said.filter((line) => line.startsWith('{'))).toHaveLength(1);
  });
});

describe('a write that the leader cannot read', () => {
  it('waits with all later writes for a leader that can', async () => {
    const frontend = await connected('frontend');
    const operator = await connected('operator');
    const head = headers();
    head.set(VERSION_HEADER, '2');
    const write = encodeWrites([
      {
        op: 'put',
        partition: partitionOf('newer', PARTITIONS),
        key: 'newer',
        document: JSON.stringify(NEWER),
      },
    ]);
    await frontend.request(intakeSubject.one('newer'), write, { headers: head, timeout: 2_000 });
    expect((await cluster.api.put('behind', { title: 'Behind', text: 'ahead' })).status).toBe(202);
    await until('the leader reports it', async () => {
      const { body } = await readyz('indexer-0');
      return /INTAKE \d+ cannot be read .*schema version 2/.test(JSON.stringify(body));
    });
    expect((await cluster.api.get('behind')).status).toBe(200);
    expect(await cluster.api.found('ahead')).toEqual([]);

    cluster.signal('indexer-0', 'SIGSTOP');
    try {
      await start('indexer', 'indexer-next', NEXT, INDEXER);
      await until('both are found', async () => (await cluster.api.found('ahead')).length === 2);
    } finally {
      cluster.signal('indexer-0', 'SIGCONT');
    }
    const manager = await jetstreamManager(operator);
    await until(
      'the queue is empty',
      async () => (await manager.streams.info(INTAKE_STREAM)).state.messages === 0,
    );
  });
});

async function readyz(name: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${cluster.process(name).url}/readyz`);
  return { status: response.status, body: await response.json() };
}
