import { Bm25Index, search as searchIndex, weighQuery } from '@shoal/bm25-index';
import type { Document, Hit } from '@shoal/contracts';
import { sameDocument } from './check-read.ts';
import { type Asked, search } from './judged.ts';
import { pathOf, SIZE } from './questions.ts';
import type { Question } from './truth.ts';
import { unwell, type Violation } from './violation.ts';
import { cohortOf, COHORT, GROUPS, ORDINARY, ROUTING_KEYS } from './vocabulary.ts';

const TIMEOUT_MS = 12_000;

/**
 * The law of the ranking: a cluster answers like one index of all documents, with the same hits and bit for bit the same scores.
 * @param documents what the cluster holds
 * @param timeoutMs of the searches; with another one than before no answer comes from a cache
 */
export async function rankingDiffers(
  asked: Asked,
  documents: readonly Document[],
  timeoutMs: number,
): Promise<Violation[]> {
  const index = new Bm25Index();
  const byId = new Map(documents.map((document) => [document.id, document]));
  for (const { id, title, text, routing } of documents) index.set(id, `${title} ${text}`, id, routing);
  for (const question of questions(documents)) {
    const more = { timeoutMs: String(timeoutMs) };
    const path = pathOf(question, more);
    const answer = await search(asked, question, TIMEOUT_MS, more);
    if (answer?.coverage.degraded !== false) return unwell(`${path} is not answered, or degraded`);
    const { routing } = question;
    const expected = searchIndex([index], {
      ...weighQuery(question.words.join(' '), index),
      operator: question.operator,
      limit: SIZE,
      ...(routing === undefined ? {} : { routing }),
    });
    const violations = compare(path, answer.hits, expected.hits, byId);
    if (violations.length > 0) return violations;
  }
  return [];
}

interface Ranked {
  id: string;
  score: number;
}

function compare(
  path: string,
  hits: readonly Hit[],
  expected: readonly Ranked[],
  byId: Map<string, Document>,
): Violation[] {
  const [found, due] = [hits, expected].map((list) => new Set(list.map(({ id }) => id)));
  const surplus = [...found!].filter((id) => !due!.has(id));
  const missing = [...due!].filter((id) => !found!.has(id));
  const stale = hits
    .filter((hit) => due!.has(hit.id) && !sameDocument(hit, byId.get(hit.id)!))
    .map(({ id }) => id);
  const wrong = { surplus, missing, stale };
  if (Object.values(wrong).some((ids) => ids.length > 0))
    return [
      {
        rule: 'nothing acknowledged is lost',
        detail: `${path}: ${JSON.stringify(wrong)}`,
        ids: Object.values(wrong).flat(),
      },
    ];
  const rank = expected.findIndex(({ id, score }, at) => hits[at]!.id !== id || hits[at]!.score !== score);
  if (rank < 0) return [];
  const detail = `${path}, rank ${rank}: ${told(hits[rank])}, and one index of all documents gives ${told(expected[rank])}`;
  return [{ rule: 'ranked like one index', detail, ids: [] }];
}

const told = (hit?: Ranked): string => (hit ? `${hit.id} with ${hit.score}` : 'no hit');

/** Together they find every document. */
function questions(documents: readonly Document[]): Question[] {
  const cohorts = Math.ceil(Math.max(0, ...documents.map(({ id }) => Number(id.slice(1)) + 1)) / COHORT);
  return [
    ...Array.from({ length: cohorts }, (_, at) => [
      cohortOf(at * COHORT),
      ORDINARY[at % ORDINARY.length]!,
    ]).map(any),
    ...GROUPS.slice(0, 3).map((group, at) => any([group, ORDINARY[at]!])),
    { words: [ORDINARY[0]!, GROUPS[0]!], operator: 'and' },
    ...ROUTING_KEYS.map((routing): Question => ({ ...any([ORDINARY[1]!, ORDINARY[2]!]), routing })),
  ];
}

const any = (words: string[]): Question => ({ words, operator: 'or' });
