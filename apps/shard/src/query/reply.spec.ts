import { describe, expect, it } from 'vitest';
import { encodeReply, type Finding } from './reply.js';

const finding = (kind: 'search' | 'fetch', documents: string[]): Finding => ({
  result: {
    kind,
    queueMs: 0,
    searchMs: 0,
    total: 0,
    searched: 0,
    ids: documents.map((_, i) => `${i}`),
    scores: [],
    inlined: 0,
  },
  documents,
  postingsRead: 0,
});

function inlined(findings: Finding[]): number[] {
  const [head, ...lines] = encodeReply({ member: 'shard-0' }, findings).split('\n');
  const { results } = JSON.parse(head!) as { results: { inlined: number }[] };
  expect(lines).toHaveLength(results.reduce((sum, result) => sum + result.inlined, 0));
  return results.map((result) => result.inlined);
}

describe('encodeReply', () => {
  it('sends the documents along, in the order of the queries', () => {
    const text = encodeReply({ member: 'shard-0' }, [finding('search', ['a', 'b']), finding('fetch', ['c'])]);
    expect(text.split('\n').slice(1)).toEqual(['a', 'b', 'c']);
  });

  it('leaves out what does not fit and says so', () => {
    const large = 'x'.repeat(400 * 1024);
    expect(inlined([finding('fetch', [large, large, large])])).toEqual([2]);
  });

  it('sends no documents of deep pages, which the root would mostly throw away', () => {
    expect(
      inlined([
        finding(
          'search',
          Array.from({ length: 101 }, () => 'd'),
        ),
      ]),
    ).toEqual([0]);
    expect(
      inlined([
        finding(
          'search',
          Array.from({ length: 100 }, () => 'd'),
        ),
      ]),
    ).toEqual([100]);
  });
});
