import type { Hit, SearchAnswer } from '@shoal/contracts';
import { checkCoverage } from './check-coverage.ts';
import { sameDocument } from './check-read.ts';
import type { DocumentHistory, History, Write } from './history.ts';
import { isMoving, matches, type Question, searchable, type Span } from './truth.ts';
import type { Violation } from './violation.ts';

/** Matches that come with their documents for sure (apps/shard/src/reply.ts). */
const INLINE_HITS = 100;

/** Whether a document can, or must, be among the hits. */
interface Expectation {
  document: DocumentHistory;
  versions: Write[];
  can: boolean;
  must: boolean;
}

/**
 * Compares an answer with the truth of its moment.
 * @param size hits that were asked for; with more than that many matches nobody need be among them
 */
export function checkSearch(
  history: History,
  question: Question,
  size: number,
  answer: SearchAnswer,
  span: Span,
): Violation[] {
  const expected = expectations(history, question, span);
  const violations = [
    ...checkOrder(answer.hits),
    ...answer.hits.flatMap((hit) => checkHit(hit, expected)),
    ...answer.hits.flatMap((hit) => checkMatch(hit, answer, expected, question)),
  ];
  violations.push(...checkCoverage(answer.coverage));
  if (answer.coverage.degraded) return violations;
  if (question.routing === undefined) violations.push(...checkSearched(answer, expected));
  if (answer.total.value <= size)
    violations.push(...checkMissing(answer, expected), ...checkTotal(answer, expected));
  return violations;
}

function expectations(history: History, question: Question, span: Span): Map<string, Expectation> {
  const expected = new Map<string, Expectation>();
  for (const document of history.all()) {
    const { id } = document;
    const versions = searchable(document.writes, span);
    const matching = versions.filter((version) => matches(id, version, question)).length;
    const must = matching === versions.length && !isMoving(id, versions);
    expected.set(id, { document, versions, can: matching > 0, must });
  }
  return expected;
}

function checkHit(hit: Hit, expected: Map<string, Expectation>): Violation[] {
  const { id } = hit;
  const found = expected.get(id);
  const version = Number(hit.fields?.version);
  const write = found?.document.writes[version];
  const problem = (rule: string, detail: string) => [{ rule, detail: `${id}: ${detail}`, ids: [id] }];
  if (!found || !write?.body || write.outcome === 'rejected')
    return problem('nothing is invented', `version ${version} was never written`);
  if (!sameDocument(hit, write.body))
    return problem('nothing is invented', `version ${version} was written otherwise`);
  if (!found.versions.includes(write)) {
    const allowed = found.versions.map((one) => one.version).join(' or ');
    return problem('nothing stale', `version ${version} was found, allowed was ${allowed}`);
  }
  return [];
}

/** With many hits the documents are fetched after the ranking: then it may have been another version that matched. */
function checkMatch(
  { id, fields }: Hit,
  { total }: SearchAnswer,
  expected: Map<string, Expectation>,
  question: Question,
): Violation[] {
  const found = expected.get(id);
  const write = found?.document.writes[Number(fields?.version)];
  if (!write || matches(id, write, question) || (total.value > INLINE_HITS && found.can)) return [];
  return [
    { rule: 'hits match', detail: `${id}: version ${write.version} does not match the query`, ids: [id] },
  ];
}

function checkOrder(hits: readonly Hit[]): Violation[] {
  const violations: Violation[] = [];
  const seen = new Set<string>();
  hits.forEach(({ id, score }, at) => {
    if (seen.has(id))
      violations.push({ rule: 'no hit twice', detail: `${id} is among the hits twice`, ids: [id] });
    seen.add(id);
    const before = hits[at - 1];
    if (before && (before.score < score || (before.score === score && before.id > id)))
      violations.push({
        rule: 'best first',
        detail: `${before.id} stands before ${id}`,
        ids: [before.id, id],
      });
  });
  return violations;
}

function checkMissing({ hits }: SearchAnswer, expected: Map<string, Expectation>): Violation[] {
  const found = new Set(hits.map(({ id }) => id));
  const missing = [...expected.values()].filter(({ document, must }) => must && !found.has(document.id));
  return missing.map(({ document: { id }, versions }) => ({
    rule: 'nothing hidden',
    detail: `${id}: version ${versions.map(({ version }) => version).join(' or ')} was not found`,
    ids: [id],
  }));
}

/** A document that is deleted or moved between being counted and being fetched is counted and not shown. */
function checkTotal({ hits, total }: SearchAnswer, expected: Map<string, Expectation>): Violation[] {
  const unsure = [...expected.values()].filter(({ can, must }) => can && !must).length;
  if (total.value >= hits.length && total.value <= hits.length + unsure) return [];
  const detail = `total is ${total.value} with ${hits.length} hits and ${unsure} documents under way`;
  return [{ rule: 'the total is the number of hits', detail, ids: [] }];
}

/** How many documents were searched is known up to those that come, go or move at the moment. */
function checkSearched({ coverage }: SearchAnswer, expected: Map<string, Expectation>): Violation[] {
  let least = 0;
  let most = 0;
  for (const { document, versions } of expected.values()) {
    const moving = isMoving(document.id, versions);
    if (versions.every(({ body }) => body) && !moving) least++;
    if (versions.some(({ body }) => body)) most += moving ? versions.length : 1;
  }
  const { searched } = coverage.documents;
  if (searched >= least && searched <= most) return [];
  const detail = `${searched} documents were searched, and there are ${least === most ? least : `${least} to ${most}`}`;
  return [{ rule: 'coverage tells the truth', detail, ids: [] }];
}
