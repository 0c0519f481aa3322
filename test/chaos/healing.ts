import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView, Document, SearchAnswer } from '@shoal/contracts';
import { sameDocument } from './check-read.ts';
import { request } from './client.ts';
import type { History, Write } from './history.ts';
import type { Journal } from './journal.ts';
import { pathOf } from './questions.ts';
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

/** What a cluster has to be like when nothing is wrong with it. */
export interface Health {
  url: string;
  members: number;
}

/** Waits until all is as it has to be at the end; when it does not come to that in time, what is wrong goes to the journal. */
export async function expectHealed(health: Health, history: History, journal: Journal): Promise<void> {
  const deadline = performance.now() + HEALS_WITHIN_MS;
  for (;;) {
    const violations = await examine(health, history);
    if (violations.length === 0) return;
    if (performance.now() > deadline) {
      const detail = `not well ${HEALS_WITHIN_MS / 1000} s after the last fault was cured`;
      journal.judge(violations, performance.now(), () => detail);
      return;
    }
    await sleep(POLL_MS);
  }
}

async function examine(health: Health, history: History): Promise<Violation[]> {
  const absent = await checkMembers(health);
  if (absent.length > 0) return absent;
  const stored = await read(health.url, history);
  if (!(stored instanceof Map)) return stored;
  for (let round = 0; round < ROUNDS; round++) {
    const violations = await rankingDiffers(health.url, [...stored.values()], 5_000 + round);
    if (violations.length > 0) return violations;
  }
  return [];
}

/** Everybody is there and ready, and every replica holds as many documents as the other ones of its shard. */
async function checkMembers({ url, members }: Health): Promise<Violation[]> {
  const { status, body } = await request(`${url}/api/cluster`, TIMEOUT_MS);
  if (status !== 200) return unwell(`GET /api/cluster answers ${status}`);
  const view = body as ClusterView;
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
  const answer = await request(url + pathOf({ words: [EVERYWHERE], operator: 'or' }), TIMEOUT_MS);
  if (answer.status !== 200 || (answer.body as SearchAnswer).coverage.degraded)
    return unwell(`a search answers ${answer.status}, degraded`);
  return [];
}

/** @returns the documents as they are read by id, or what is wrong with them */
async function read(url: string, history: History): Promise<Map<string, Document> | Violation[]> {
  const documents = new Map<string, Document>();
  const violations: Violation[] = [];
  const all = [...history.all()];
  for (let first = 0; first < all.length; first += READ_AT_ONCE) {
    await Promise.all(
      all.slice(first, first + READ_AT_ONCE).map(async ({ id, writes }) => {
        const { status, body } = await request(`${url}/api/documents/${id}`, TIMEOUT_MS);
        const found = status === 200 ? (body as Document) : null;
        if (status !== 200 && status !== 404) violations.push(...unwell(`${id} is answered with ${status}`));
        else violations.push(...checkFinal(id, writes, found));
        if (found) documents.set(id, found);
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
