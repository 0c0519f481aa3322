import type { ShardQuery } from '@shoal/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageHit } from './merge.js';
import { fetchDocuments, MAX_PAGE, silentOf } from './fetch-documents.js';
import type { ShardOutcome } from './shard-client.js';

const QUERY = { epoch: 1, traceparent: '00-1-1-01' };

interface ShardModel {
  documents: Map<string, string>;
  /** How many documents fit into a reply: one at least, as with real shards. */
  fits: number;
  /** How many requests it answers. */
  answers: number;
}

/** Shards as they are; what was asked of each is in `asked`. */
function model(shards: ShardModel[]) {
  const asked = shards.map(() => [] as string[][]);
  const gather = (legs: { shard: number; query: ShardQuery }[]): Promise<ShardOutcome[]> =>
    Promise.resolve(
      legs.map(({ shard, query }): ShardOutcome => {
        const { documents, fits, answers } = shards[shard]!;
        const wanted = query.kind === 'fetch' ? query.ids : [];
        asked[shard]!.push(wanted);
        const common = {
          target: shard,
          replica: `shard-${shard}`,
          roundTripMs: 1,
          hedged: false,
          attempts: [],
        };
        if (asked[shard]!.length > answers) return { ...common, outcome: 'timedOut' };
        const ids = wanted.filter((id) => documents.has(id));
        const sent = ids.slice(0, fits).map((id) => documents.get(id)!);
        const times = { queueMs: 0, searchMs: 0, total: 0, searched: 0, scores: [] };
        const result = { kind: 'fetch' as const, ...times, ids, inlined: sent.length };
        return { ...common, outcome: 'answered', result: { result, documents: sent } };
      }),
    );
  return { gather, asked };
}

const text = (id: string) => `{"id":"${id}"}`;
const hitsOf = (shard: number, ids: string[], inlined = 0): PageHit[] =>
  ids.map((id, at) => ({ id, score: 1, shard, document: at < inlined ? text(id) : undefined }));

/** A shard, the hits of it that a page has, and how many of these came with their documents. */
const shard = fc.record({
  hits: fc.integer({ min: 0, max: 12 }),
  inlined: fc.nat(12),
  deleted: fc.uniqueArray(fc.nat(11)),
  fits: fc.integer({ min: 1, max: 4 }),
  answers: fc.constantFrom(0, 1, 2, Infinity),
});

describe("a page's documents", () => {
  it('are those of its hits, of each shard that delivers all of them, and of no other, whatever fits into a reply', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shard, { maxLength: 4 }), async (made) => {
        const ids = made.map(({ hits }, at) => Array.from({ length: hits }, (_, rank) => `${at}-${rank}`));
        const shards = made.map(({ deleted, fits, answers }, at) => {
          const kept = ids[at]!.filter((_, rank) => !deleted.includes(rank));
          return { documents: new Map(kept.map((id) => [id, text(id)])), fits, answers };
        });
        const page = made.flatMap(({ inlined }, at) => hitsOf(at, ids[at]!, inlined));
        const came = new Set(page.filter(({ document }) => document).map(({ id }) => id));
        const { gather, asked } = model(shards);
        const silent = silentOf(await fetchDocuments({ gather }, page, QUERY, 1_000));

        const wrong = page.filter(
          ({ id, shard, document }) => document !== undefined && (document !== text(id) || silent.has(shard)),
        );
        const missing = page.filter(
          ({ id, shard, document }) =>
            document === undefined && !silent.has(shard) && shards[shard]!.documents.has(id),
        );
        expect({ wrong, missing }).toEqual({ wrong: [], missing: [] });
        for (const [at, { answers }] of shards.entries()) {
          expect(silent.has(at)).toBe(asked[at]!.length > answers);
          expect(asked[at]!.flat().filter((id) => came.has(id))).toEqual([]);
        }
      }),
    );
  });

  it('are given up when there are too many bytes of them', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `d${at}`);
    const large = new Map(ids.map((id) => [id, 'x'.repeat(MAX_PAGE / 8)]));
    const { gather, asked } = model([{ documents: large, fits: 1, answers: Infinity }]);
    await fetchDocuments({ gather }, hitsOf(0, ids), QUERY, 1_000);
    expect(asked[0]).toHaveLength(9);
  });
});
