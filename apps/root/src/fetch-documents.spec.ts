import type { ShardQuery } from '@shoal/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageHit } from './merge.js';
import { fetchDocuments, markTimedOut, MAX_PAGE_BYTES } from './fetch-documents.js';
import type { ShardOutcome } from './shard-client.js';

const QUERY = { epoch: 1, traceparent: '00-1-1-01' };

interface ShardModel {
  documents: Map<string, string>;
  /** Documents that fit into one reply: at least one, as with real shards. */
  fits: number;
  /** Requests that the shard answers before it falls silent. */
  answers: number;
}

/** Simulated shards; `fetched` has the ids of each fetch, by shard. */
function model(shards: ShardModel[]) {
  const fetched = shards.map(() => [] as string[][]);
  const gather = (legs: { target: number; query: ShardQuery }[]): Promise<ShardOutcome[]> =>
    Promise.resolve(
      legs.map(({ target: shard, query }): ShardOutcome => {
        const { documents, fits, answers } = shards[shard]!;
        const wanted = query.kind === 'fetch' ? query.ids : [];
        fetched[shard]!.push(wanted);
        const common = {
          target: shard,
          replica: `shard-${shard}`,
          roundTripMs: 1,
          hedged: false,
          attempts: [],
        };
        if (fetched[shard]!.length > answers) return { ...common, outcome: 'timedOut' };
        const ids = wanted.filter((id) => documents.has(id));
        const sent = ids.slice(0, fits).map((id) => documents.get(id)!);
        const times = { queueMs: 0, searchMs: 0, total: 0, searched: 0, scores: [] };
        const result = { kind: 'fetch' as const, ...times, ids, inlined: sent.length };
        return { ...common, outcome: 'answered', result: { result, documents: sent } };
      }),
    );
  return { gather, fetched };
}

const searched = (target: number): ShardOutcome => ({
  target,
  outcome: 'answered',
  replica: `shard-${target}`,
  roundTripMs: 1,
  hedged: false,
  attempts: [],
});
const text = (id: string) => `{"id":"${id}"}`;
const hitsOf = (shard: number, ids: string[], inlined = 0): PageHit[] =>
  ids.map((id, at) => ({ id, score: 1, shard, document: at < inlined ? text(id) : undefined }));

/** A shard, its hits of a page, and how many of them came with their documents. */
const shard = fc.record({
  hits: fc.integer({ min: 0, max: 12 }),
  inlined: fc.nat(12),
  deleted: fc.uniqueArray(fc.nat(11)),
  fits: fc.integer({ min: 1, max: 4 }),
  answers: fc.constantFrom(0, 1, 2, Infinity),
});

describe('fetching documents', () => {
  it('returns documents only of shards that answer all fetches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shard, { maxLength: 4 }), async (made) => {
        const ids = made.map(({ hits }, at) => Array.from({ length: hits }, (_, rank) => `${at}-${rank}`));
        const shards = made.map(({ deleted, fits, answers }, at) => {
          const kept = ids[at]!.filter((_, rank) => !deleted.includes(rank));
          return { documents: new Map(kept.map((id) => [id, text(id)])), fits, answers };
        });
        const page = made.flatMap(({ inlined }, at) => hitsOf(at, ids[at]!, inlined));
        const inlinedIds = new Set(page.filter(({ document }) => document).map(({ id }) => id));
        const { gather, fetched } = model(shards);
        const before = structuredClone(page);
        const { page: complete, fetches } = await fetchDocuments({ gather }, page, QUERY, 1_000);
        const marked = markTimedOut(
          made.map((_, at) => searched(at)),
          fetches,
        );
        const silent = new Set(
          marked.filter(({ outcome }) => outcome === 'timedOut').map(({ target }) => target),
        );
        expect(page).toEqual(before);
        expect(complete.map(({ id }) => id)).toEqual(page.map(({ id }) => id));

        const wrong = complete.filter(
          ({ id, shard, document }) => document !== undefined && (document !== text(id) || silent.has(shard)),
        );
        const missing = complete.filter(
          ({ id, shard, document }) =>
            document === undefined && !silent.has(shard) && shards[shard]!.documents.has(id),
        );
        expect({ wrong, missing }).toEqual({ wrong: [], missing: [] });
        for (const [at, { answers }] of shards.entries()) {
          expect(silent.has(at)).toBe(fetched[at]!.length > answers);
          expect(fetched[at]!.flat().filter((id) => inlinedIds.has(id))).toEqual([]);
        }
      }),
    );
  });

  it('stops when the page exceeds its maximum size', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `d${at}`);
    const large = new Map(ids.map((id) => [id, 'x'.repeat(MAX_PAGE_BYTES / 8)]));
    const { gather, fetched } = model([{ documents: large, fits: 1, answers: Infinity }]);
    await fetchDocuments({ gather }, hitsOf(0, ids), QUERY, 1_000);
    expect(fetched[0]).toHaveLength(9);
  });
});
