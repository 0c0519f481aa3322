import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView, Document } from '@shoal/contracts';
import { sameDocument } from './check-read.ts';
import type { Write } from './history.ts';
import { type Asked, get, read, search } from './judged.ts';
import { rankingDiffers } from './ranking.ts';
import { final } from './truth.ts';
import { unwell, type Violation } from './violation.ts';
import { EVERYWHERE } from './vocabulary.ts';

/** How long the cluster may take to be well again, in ms: a killed process may wait 5 s to be started, and the machine may be busy. */
export const HEALS_WITHIN_MS = 45_000;
const POLL_MS = 250;
const TIMEOUT_MS = 12_000;
/** Reads that are under way at a time. */
const READ_AT_ONCE = 16;
/** Each round asks other replicas and other roots, and no cache. */
const ROUNDS = 6;

/**
 * Waits until all is as it has to be at the end; when it does not come to that in time, what is wrong goes to the journal.
 * Only what may take its time is waited for: an answer that is wrong at its moment ends it at once.
 * @param members how many must be there
 */
export async function expectHealed(asked: Asked, members: number): Promise<void> {
  const { journal } = asked;
  const deadline = performance.now() + HEALS_WITHIN_MS;
  for (;;) {
    const violations = await examine(asked, members);
    if (violations.length === 0 || journal.signal.aborted) return;
    if (performance.now() > deadline) {
      const detail = `not well ${HEALS_WITHIN_MS / 1000} s after the last fault was cured`;
      journal.judge(violations, performance.now(), () => detail);
      return;
    }
    await sleep(POLL_MS);
  }
}

async function examine(asked: Asked, members: number): Promise<Violation[]> {
  const absent = await checkMembers(asked, members);
  if (absent.length > 0 || asked.journal.signal.aborted) return absent;
  const stored = await readAll(asked);
  if (!(stored instanceof Map)) return stored;
  for (let round = 0; round < ROUNDS && !asked.journal.signal.aborted; round++) {
    const violations = await rankingDiffers(asked, [...stored.values()], 5_000 + round);
    if (violations.length > 0) return violations;
  }
  return [];
}

/** Everybody is there and ready, and every replica holds as many documents as the other ones of its shard. */
async function checkMembers(asked: Asked, members: number): Promise<Violation[]> {
  const reply = await get(asked, '/api/cluster', TIMEOUT_MS);
  if (!reply) return unwell('GET /api/cluster is not answered');
  const view = reply.body as ClusterView;
  const well = view.members.filter(({ state }) => state === 'ready' || state === 'spare').length;
  if (well !== members) return unwell(`${well} of ${members} members are ready or spare`);
  if (!view.leader) return unwell('nobody owns');
  for (const { shard, replicas } of view.shards) {
    if (replicas.some(({ state }) => state !== 'ready'))
      return unwell(`shard ${shard} has a replica that is not ready`);
    if (new Set(replicas.map(({ documents }) => documents)).size > 1)
      return unwell(
        `the replicas of shard ${shard} hold ${replicas.map(({ documents }) => documents).join(' and ')} documents`,
      );
  }
  const answer = await search(asked, { words: [EVERYWHERE], operator: 'or' }, TIMEOUT_MS);
  return answer?.coverage.degraded === false ? [] : unwell('a search is not answered, or degraded');
}

/** @returns the documents as they are read by id, or what is wrong with them */
async function readAll(asked: Asked): Promise<Map<string, Document> | Violation[]> {
  const documents = new Map<string, Document>();
  const violations: Violation[] = [];
  const all = [...asked.history.all()];
  for (let first = 0; first < all.length; first += READ_AT_ONCE) {
    await Promise.all(
      all.slice(first, first + READ_AT_ONCE).map(async (document) => {
        const found = await read(asked, document, TIMEOUT_MS);
        if (found === undefined) violations.push(...unwell(`${document.id} is not answered`));
        else violations.push(...checkFinal(document.id, document.writes, found));
        if (found) documents.set(document.id, found);
      }),
    );
  }
  return violations.length > 0 ? violations : documents;
}

function checkFinal(id: string, writes: readonly Write[], found: Document | null): Violation[] {
  const allowed = final(writes);
  if (allowed.some(({ body }) => (found && body ? sameDocument(found, body) : !found && !body))) return [];
  const left = found ? `version ${Number(found.fields?.version)}` : 'nothing';
  const detail = `${id}: ${left} is left, allowed was ${allowed.map(({ version }) => version).join(' or ')}`;
  return [{ rule: 'nothing acknowledged is lost', detail, ids: [id] }];
}
