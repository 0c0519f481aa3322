import { Validator } from '@seriousme/openapi-schema-validator';
import type { ClusterView, SuggestAnswer } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

const cluster = sharedCluster();

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, unknown>>;
}

describe('the API description', () => {
  it('is valid OpenAPI 3.1 and lists every call', async () => {
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

  it('has a page to try the calls', async () => {
    const { status, type } = await cluster.api.fetch('/api/docs');
    expect(status).toBe(200);
    expect(type).toContain('text/html');
  });
});

/** An attempt that was answered. */
const attemptAt = (replica: unknown) => ({
  replica,
  kind: 'search',
  reason: 'first',
  startMs: expect.any(Number),
  tookMs: expect.any(Number),
  outcome: 'answered',
});

describe('a search answer', () => {
  it('has all documented members and a profile when requested', async () => {
    // By its routing key one of the two shards is searched, which may hold documents of other files.
    const routing = 'whales';
    const whale = { title: 'Whale', text: 'A whale dives.', routing };
    await cluster.api.put('whale', whale, '?wait=searchable');
    let asked = 0;
    // A busy machine causes retries and hedges.
    const answer = await until('an answer without retries', async () => {
      // A query that is not cached.
      const one = await cluster.api.search(`whale ${++asked}`, { profile: 'true', routing });
      const { roots = [], shards } = one.profile!;
      return (
        [roots, ...shards.map(({ attempts = [] }) => attempts)].every(({ length }) => length === 1) && one
      );
    });
    expect(answer).toEqual({
      query: `whale ${asked}`,
      tookMs: expect.any(Number),
      total: { value: 1, relation: 'eq' },
      hits: [{ id: 'whale', score: expect.any(Number), ...whale, shard: expect.any(Number) }],
      coverage: {
        degraded: false,
        shards: { total: 1, answered: 1, timedOut: 0, failed: 0 },
        documents: { searched: expect.any(Number), total: expect.any(Number) },
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
            shard: expect.any(Number),
            replica: expect.stringMatching(/^shard-\d$/),
            queueMs: expect.any(Number),
            searchMs: expect.any(Number),
            networkMs: expect.any(Number),
            hedged: false,
            attempts: [attemptAt(expect.stringMatching(/^shard-\d$/))],
          },
        ],
      },
    });
  });

  it('continues the trace of its client', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const { body } = await cluster.api.fetch('/api/search?q=whale', { headers });
    expect(body).toMatchObject({ traceId });
  });
});

describe('a page of another origin', () => {
  const origin = 'http://other.example';
  const path = '/api/documents/foreign';

  it('is not allowed to read', async () => {
    const { headers } = await cluster.api.fetch('/api/cluster', { headers: { origin } });
    expect(headers.has('access-control-allow-origin')).toBe(false);
    const preflight = await cluster.api.fetch(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect(preflight.status).toBe(404);
    expect(preflight.headers.has('access-control-allow-origin')).toBe(false);
  });

  it.each(['PUT', 'DELETE'])('is not allowed to %s', async (method) => {
    const body = method === 'PUT' ? '{"title":"Foreign","text":"foreign"}' : null;
    const headers = { origin, 'content-type': 'application/json' };
    const { status, body: problem } = await cluster.api.problem(path, { method, headers, body });
    expect(status).toBe(403);
    expect(problem.detail).toMatch(/may not change anything here/);
  });
});

describe('suggestions', () => {
  it('complete titles by prefix', async () => {
    await cluster.api.put(
      'shark',
      { title: 'Gargantuan white shark', text: 'It swims.' },
      '?wait=searchable',
    );
    const { body } = await cluster.api.fetch<SuggestAnswer>('/api/suggest?q=gargantuan+wh');
    expect(body).toEqual({ suggestions: [{ text: 'Gargantuan white shark', id: 'shark' }] });
    expect((await cluster.api.fetch<SuggestAnswer>('/api/suggest?q=zzzz')).body.suggestions).toEqual([]);
  });
});

describe('every process', () => {
  it('serves /healthz, /readyz and /metrics', async () => {
    const ours = cluster.processes.filter(({ role }) => role !== 'nats');
    expect(ours.map(({ role }) => role).toSorted()).toEqual([
      'frontend',
      'indexer',
      'indexer',
      'root',
      'shard',
      'shard',
      'shard',
      'shard',
    ]);
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
  it('shows shards, replicas, members and the leader', async () => {
    const view: ClusterView = await cluster.api.cluster();
    expect(view.leader).toMatch(/^indexer-[01]$/);
    expect(view.placement).toBe('hash');
    expect(view.shards.map(({ shard }) => shard)).toEqual([0, 1]);
    const partitions = view.shards.flatMap((shard) => shard.partitions).toSorted((a, b) => a - b);
    expect(partitions).toEqual(Array.from({ length: 64 }, (_, partition) => partition));
    const members = ['shard-0', 'shard-1', 'shard-2', 'shard-3'];
    const replicas = view.shards.flatMap((shard) => shard.replicas.map(({ member }) => member));
    expect(replicas.toSorted()).toEqual(members);
    expect(view.members).toEqual(members.map((member) => ({ member, state: 'ready' })));
  });
});
