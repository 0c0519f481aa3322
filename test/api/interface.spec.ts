import { Validator } from '@seriousme/openapi-schema-validator';
import type { ClusterView, SuggestAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ replicas: 2, members: 2, indexers: 2 });
  return () => cluster.stop();
});

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, unknown>>;
}

describe('the description of the interface', () => {
  it('is valid OpenAPI 3.1 and names every call', async () => {
    const { status, body } = await cluster.api.fetch<OpenApi>('/api/openapi.json');
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate({ ...body })).toMatchObject({ valid: true });
    const calls = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(calls).toEqual(
      expect.arrayContaining([
        'GET /api/search',
        'GET /api/suggest',
        'PUT /api/documents/{id}',
        'GET /api/documents/{id}',
        'DELETE /api/documents/{id}',
        'POST /api/documents',
        'GET /api/cluster',
        'GET /api/events',
        'GET /healthz',
        'GET /readyz',
        'GET /metrics',
      ]),
    );
  });

  it('comes with a page to try it', async () => {
    const { status, type } = await cluster.api.fetch('/api/docs');
    expect(status).toBe(200);
    expect(type).toContain('text/html');
  });
});

/** An attempt that went well. */
const attemptAt = (replica: unknown) => ({
  replica,
  kind: 'search',
  reason: 'first',
  startMs: expect.any(Number),
  tookMs: expect.any(Number),
  outcome: 'answered',
});

describe('a search answer', () => {
  it('says all that the interface promises, with a profile when asked for one', async () => {
    await cluster.api.put('whale', { title: 'Whale', text: 'A whale dives.' }, '?wait=searchable');
    let asked = 0;
    // Where the machine stands still for a moment, somebody is asked a second time.
    const answer = await until('an answer for which everybody was asked once', async () => {
      // A question that no cache has an answer to.
      const one = await cluster.api.search(`whale ${++asked}`, { profile: 'true' });
      const { roots = [], shards } = one.profile!;
      return (
        [roots, ...shards.map(({ attempts = [] }) => attempts)].every(({ length }) => length === 1) && one
      );
    });
    expect(answer).toEqual({
      query: `whale ${asked}`,
      tookMs: expect.any(Number),
      total: { value: 1, relation: 'eq' },
      hits: [{ id: 'whale', score: expect.any(Number), title: 'Whale', text: 'A whale dives.', shard: 0 }],
      coverage: {
        degraded: false,
        shards: { total: 1, answered: 1, timedOut: 0, failed: 0 },
        documents: { searched: 1, total: 1 },
      },
      statisticsVersion: expect.any(Number),
      epoch: expect.any(Number),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      profile: {
        cached: expect.any(Boolean),
        frontend: 'frontend-0',
        frontendMs: expect.any(Number),
        root: 'root-0',
        rootMs: expect.any(Number),
        roots: [attemptAt('root-0')],
        shards: [
          {
            shard: 0,
            replica: expect.stringMatching(/^shard-[01]$/),
            queueMs: expect.any(Number),
            searchMs: expect.any(Number),
            networkMs: expect.any(Number),
            hedged: false,
            attempts: [attemptAt(expect.stringMatching(/^shard-[01]$/))],
          },
        ],
      },
    });
  });

  it('goes on with the trace of its caller', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const { body } = await cluster.api.fetch('/api/search?q=whale', { headers });
    expect(body).toMatchObject({ traceId });
  });
});

describe('suggestions', () => {
  it('complete titles', async () => {
    await cluster.api.put('shark', { title: 'Great white shark', text: 'It swims.' }, '?wait=searchable');
    const { body } = await cluster.api.fetch<SuggestAnswer>('/api/suggest?q=great+wh');
    expect(body).toEqual({ suggestions: [{ text: 'Great white shark', id: 'shark' }] });
    expect((await cluster.api.fetch<SuggestAnswer>('/api/suggest?q=zzz')).body.suggestions).toEqual([]);
  });
});

describe('every process', () => {
  it('says that it is healthy and ready, and what it counts', async () => {
    const ours = cluster.processes.filter(({ role }) => role !== 'nats');
    expect(ours.map(({ role }) => role).toSorted()).toEqual(
      ['frontend', 'indexer', 'indexer', 'root', 'shard', 'shard'].toSorted(),
    );
    for (const { url = '' } of ours) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const metrics = await fetch(`${url}/metrics`);
      expect(metrics.headers.get('content-type')).toContain('text/plain');
      expect(await metrics.text()).toMatch(/^process_resident_memory_bytes/m);
    }
  });
});

describe('the cluster view', () => {
  it('shows every shard, replica and member, and who leads', async () => {
    const view: ClusterView = await cluster.api.cluster();
    expect(view.leader).toMatch(/^indexer-[01]$/);
    expect(view.placement).toBe('hash');
    expect(view.shards).toHaveLength(1);
    expect(view.shards[0]?.partitions).toEqual(Array.from({ length: 64 }, (_, partition) => partition));
    expect(view.shards[0]?.replicas.map(({ member }) => member).toSorted()).toEqual(['shard-0', 'shard-1']);
    expect(view.members).toEqual([
      { member: 'shard-0', state: 'ready' },
      { member: 'shard-1', state: 'ready' },
    ]);
  });
});

describe('events', () => {
  it('tell of members, leadership and topology as they change', async () => {
    const log = await EventLog.open(`${cluster.url}/api/events`);
    onTestFinished(() => log.close());
    const { epoch, leader } = await cluster.api.cluster();
    cluster.signal('shard-1', 'SIGSTOP');
    cluster.signal(leader ?? '', 'SIGSTOP');
    onTestFinished(() => void cluster.signal('shard-1', 'SIGCONT'));
    onTestFinished(() => void cluster.signal(leader ?? '', 'SIGCONT'));

    await until('shard-1 is missed', () =>
      log.of('members').some(({ member, state }) => member === 'shard-1' && state === 'missing'),
    );
    await until('another leads', () =>
      log.of('leadership').some((event) => ![leader, null].includes(event.leader as string)),
    );
    // A member that stays away for more than 10 s loses its place.
    await until('the topology changes', () =>
      log.of('topology').some((event) => Number(event.epoch) > epoch),
    );
    cluster.signal('shard-1', 'SIGCONT');
    await until('shard-1 is ready again', () =>
      log.of('members').some(({ member, state }) => member === 'shard-1' && state === 'ready'),
    );
    for (const { data } of log.events) expect(data.detail).toEqual(expect.any(String));
  });
});
