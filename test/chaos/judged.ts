import type { Document, SearchAnswer } from '@shoal/contracts';
import { checkRead } from './check-read.ts';
import { checkReply } from './check-reply.ts';
import { checkSearch } from './check-search.ts';
import { type Reply, request } from './client.ts';
import type { DocumentHistory } from './history.ts';
import type { Journal } from './journal.ts';
import type { Load } from './load.ts';
import { pathOf, SIZE } from './questions.ts';
import { telling } from './telling.ts';
import type { Question } from './truth.ts';

/** Whom to ask, and what to hold the answers against. */
export type Asked = Pick<Load, 'url' | 'history' | 'journal' | 'cachedForMs'>;

/**
 * A GET whose reply is judged by its status and form.
 * @returns undefined when there is no answer now
 */
export async function get(
  { url, journal }: { url: string; journal: Journal },
  path: string,
  timeoutMs: number,
  expected: readonly number[] = [200],
): Promise<Reply | undefined> {
  const reply = await request(url + path, timeoutMs);
  journal.judge(checkReply(path, reply, expected), reply.receivedAt, () => telling(path, reply, reply.body));
  return expected.includes(reply.status) && !reply.malformed ? reply : undefined;
}

/**
 * A search whose answer is judged by the truth of its moment.
 * @param more parameters of the search
 * @returns undefined when there is no answer now
 */
export async function search(
  asked: Asked,
  question: Question,
  timeoutMs: number,
  more: Record<string, string> = {},
): Promise<SearchAnswer | undefined> {
  const path = pathOf(question, { profile: 'true', ...more });
  const reply = await get(asked, path, timeoutMs);
  if (!reply) return undefined;
  const answer = reply.body as SearchAnswer;
  const age = answer.profile?.cached ? asked.cachedForMs : 0;
  const violations = checkSearch(asked.history, question, SIZE, answer, {
    ...reply,
    sentAt: reply.sentAt - age,
  });
  asked.journal.judge(violations, reply.receivedAt, () => telling(path, reply, answer));
  return answer;
}

/**
 * A read by id, judged by the truth of its moment.
 * @returns null when it is said not to exist, undefined when there is no answer now
 */
export async function read(
  asked: Asked,
  document: DocumentHistory,
  timeoutMs: number,
): Promise<Document | null | undefined> {
  const path = `/api/documents/${document.id}`;
  const reply = await get(asked, path, timeoutMs, [200, 404]);
  if (!reply) return undefined;
  const found = reply.status === 200 ? (reply.body as Document) : null;
  asked.journal.judge(checkRead(document, found, reply), reply.receivedAt, () => telling(path, reply, found));
  return found;
}
