import { beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../cluster/api.ts';
import { startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

/** Documents of 150 kB: six fit into the first reply of a shard. */
const FILLER = 'x'.repeat(150_000);
/** Megabytes take their time on a busy machine. */
const timeoutMs = 10_000;

let api: Api;

beforeAll(async () => {
  const cluster = await startCluster();
  api = cluster.api;
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      api.put(`whale-${i}`, { title: `Whale ${i}`, text: `whale ${FILLER}` }, '?wait=searchable'),
    ),
  );
  return () => cluster.stop();
}, 60_000);

describe('a page of large documents', () => {
  it('has all its hits, whole, however many replies it takes', async () => {
    const { hits, coverage } = await api.search('whale', { size: 20, timeoutMs });
    expect(coverage.degraded).toBe(false);
    expect(hits.map(({ text }) => text.length)).toEqual(Array.from({ length: 20 }, () => FILLER.length + 6));
  });

  it('says in its profile who was asked for the documents that did not fit at first', async () => {
    let asked = 0;
    // The replica is asked again when it was silent for a moment, as on a machine that stands still.
    const { profile, attempts } = await until('an answer for which nobody was asked again', async () => {
      // A question that no cache has an answer to.
      const answer = await api.search(`whale ${asked++}`, { size: 19, timeoutMs, profile: 'true' });
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

  it('that is larger than one answer may be is refused, with what to do', async () => {
    const { status, body } = await api.problem(`/api/search?q=whale&size=30&timeoutMs=${timeoutMs}`);
    expect(status).toBe(413);
    expect(body).toMatchObject({ detail: expect.stringContaining('ask for fewer hits with a smaller size') });
  });
});
