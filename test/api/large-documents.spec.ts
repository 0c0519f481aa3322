import { beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

/** Documents of 150 kB: six fit into the first reply of a shard. */
const FILLER = 'x'.repeat(150_000);
/** All documents in one partition, so that one shard has to send them. */
const routing = 'leviathans';
const timeoutMs = 10_000;

const { api } = sharedCluster();

beforeAll(async () => {
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      api.put(
        `leviathan-${i}`,
        { title: `Leviathan ${i}`, text: `leviathan ${FILLER}`, routing },
        '?wait=searchable',
      ),
    ),
  );
});

describe('a page of large documents', () => {
  it('has all its hits complete when they take several replies', async () => {
    const { hits, coverage } = await api.search('leviathan', { size: 20, routing, timeoutMs });
    expect(coverage.degraded).toBe(false);
    expect(hits.map(({ text }) => text.length)).toEqual(Array.from({ length: 20 }, () => FILLER.length + 10));
  });

  it('lists in its profile the fetches of documents beyond one reply', async () => {
    let asked = 0;
    // A busy machine causes retries and hedges.
    const { profile, attempts } = await until('an answer without retries', async () => {
      // A query that is not cached.
      const answer = await api.search(`leviathan ${asked++}`, {
        size: 19,
        routing,
        timeoutMs,
        profile: 'true',
      });
      const { attempts = [] } = answer.profile!.shards[0]!;
      return attempts.every(({ reason }) => reason === 'first') && { profile: answer.profile, attempts };
    });
    const [first, ...rest] = attempts;
    expect(first).toMatchObject({ kind: 'search', outcome: 'answered' });
    expect(rest.length).toBeGreaterThanOrEqual(2);
    let doneMs = first!.startMs + first!.tookMs;
    for (const { kind, outcome, startMs, tookMs } of rest) {
      expect({ kind, outcome }).toEqual({ kind: 'fetch', outcome: 'answered' });
      expect(startMs).toBeGreaterThanOrEqual(doneMs - 0.01);
      doneMs = startMs + tookMs;
    }
    expect(doneMs).toBeLessThanOrEqual(profile!.rootMs);
  });

  it('is rejected with advice when it exceeds one response', async () => {
    const { status, body } = await api.problem(`/api/search?q=leviathan&size=30&timeoutMs=${timeoutMs}`);
    expect(status).toBe(413);
    expect(body).toMatchObject({ detail: expect.stringContaining('ask for fewer hits with a smaller size') });
  });
});
