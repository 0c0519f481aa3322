import type { Problem, SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { flood, type Timed } from '../cluster/flood.ts';
import { valueOf, residentBytes } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';

const DOCUMENTS = 400;
/** timeoutMs of a search that names none. */
const DEADLINE_MS = 1_000;
const RECOVERY_MS = 2_000;
/** apps/frontend/src/admission: what one frontend lets in at first. */
const SEARCHES = 128;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Document ${at}`, text: `crowded ${'water '.repeat(200)}` }),
  );
  await cluster.api.bulk(lines.join('\n'));
  await cluster.api.settled(DOCUMENTS);
  return () => cluster.stop();
});

/** A query that is not cached. */
const question = (at: number) => `/api/search?q=crowded+water+${at}`;
const impatient = (at: number) => `${question(at)}&size=50&timeoutMs=2`;
const isShed = ({ status, body }: Timed) => status === 503 && body.includes('come back after Retry-After');
const median = (replies: Timed[]) =>
  replies.map(({ ms }) => ms).toSorted((a, b) => a - b)[replies.length >> 1] ?? 0;

describe('a flood of searches', () => {
  let shed: Timed[];
  let accepted: Timed[];
  /** Admitted but not answered in time: few, because of a busy machine. */
  let failed: Timed[];
  let memory: number[];
  let after: SearchAnswer;

  beforeAll(async () => {
    memory = [];
    const watching = setInterval(() => memory.push(residentBytes(cluster.process('frontend-0'))), 50);
    const replies = await flood(cluster.url, { clients: 3 * SEARCHES, forMs: 4_000 }, question);
    clearInterval(watching);
    after = await until('a search is answered again', () => cluster.api.search('crowded'), RECOVERY_MS);
    shed = replies.filter(isShed);
    accepted = replies.filter(({ status }) => status === 200);
    failed = replies.filter((reply) => !isShed(reply) && reply.status !== 200);
  });

  it('is answered or shed with Retry-After', () => {
    expect(accepted.length).toBeGreaterThan(SEARCHES);
    expect(shed.length).toBeGreaterThan(SEARCHES);
    expect(failed.filter(({ status }) => status !== 503)).toEqual([]);
    const { head, body } = shed[0]!;
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(JSON.parse(body) as Problem).toMatchObject({ title: 'Service Unavailable', status: 503 });
    const rejected = [...shed, ...failed];
    expect(rejected.filter((reply) => !/^retry-after: [12]\r$/im.test(reply.head))).toEqual([]);
  });

  it('leaves nearly all answers complete and in time', () => {
    const answers = accepted.map(({ body }) => JSON.parse(body) as SearchAnswer);
    const complete = answers.filter(({ coverage }) => !coverage.degraded);
    expect(new Set(complete.map(({ total }) => total.value))).toEqual(new Set([DOCUMENTS]));
    const inTime = complete.filter(({ tookMs }) => tookMs < 2 * DEADLINE_MS);
    expect(inTime.length).toBeGreaterThan(0.9 * (accepted.length + failed.length));
  });

  it('is shed faster than it is answered', () => {
    expect(median(shed)).toBeLessThan(median(accepted) / 2);
  });

  it('does not grow the memory of the frontend', () => {
    const [early, end] = [memory.slice(10, 30), memory.slice(-10)];
    expect(Math.max(...end)).toBeLessThan(1.5 * Math.max(...early));
  });

  it('leaves later searches complete', async () => {
    expect(after.total.value).toBe(DOCUMENTS);
    for (let at = 0; at < 50; at++) {
      const { coverage, total } = await cluster.api.search(`crowded afterwards ${at}`);
      expect([coverage.degraded, total.value]).toEqual([false, DOCUMENTS]);
    }
  });

  it('is counted as shed', async () => {
    expect(await valueOf(cluster.process('frontend-0'), 'shoal_admission_shed_total')).toBe(shed.length);
    expect(await valueOf(cluster.process('frontend-0'), 'shoal_admission_in_flight')).toBe(0);
  });
});

it('drops and counts expired searches at root and shard', async () => {
  await until('root and shard have dropped some', async () => {
    await flood(cluster.url, { clients: 100, forMs: 300 }, impatient);
    const atRoot = await valueOf(cluster.process('root-0'), 'shoal_root_expired_total');
    const atShard = await valueOf(cluster.process('shard-0'), 'shoal_shard_expired_total');
    return atRoot > 0 && atShard > 0;
  });
  expect((await cluster.api.search('crowded')).coverage.degraded).toBe(false);
});
