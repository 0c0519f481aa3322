import type { Document, SearchAnswer } from '@shoal/contracts';
import { checkRead } from './check-read.ts';
import { checkSearch } from './check-search.ts';
import { hasFailed, type Reply, request } from './client.ts';
import type { Load } from './load.ts';
import { ask, pathOf, SIZE } from './questions.ts';
import type { Random } from './random.ts';
import { telling } from './telling.ts';
import { idOf } from './vocabulary.ts';

const TIMEOUT_MS = 3_000;

/** Searches and reads, and compares every answer with the truth of its moment. */
export class Reader {
  private readonly load: Load;
  private readonly random: Random;

  constructor(load: Load, random: Random) {
    this.load = load;
    this.random = random;
  }

  read(): Promise<void> {
    return this.random.chance(20) ? this.readOne() : this.search();
  }

  private async search(): Promise<void> {
    const question = ask(this.random, this.load.pool.begun);
    const path = pathOf(question);
    const reply = await request(this.load.url + path, TIMEOUT_MS);
    if (reply.status !== 200) return this.unanswered(path, reply);
    const answer = reply.body as SearchAnswer;
    const { counts } = this.load.journal;
    if (answer.coverage.degraded) counts.degraded++;
    else counts.answers++;
    this.load.journal.judge(
      checkSearch(this.load.history, question, SIZE, answer, reply),
      reply.receivedAt,
      () => telling(path, reply, answer),
    );
  }

  private async readOne(): Promise<void> {
    const document = this.load.history.of(idOf(this.random.whole(0, this.load.pool.begun - 1)));
    const path = `/api/documents/${document.id}`;
    const reply = await request(this.load.url + path, TIMEOUT_MS);
    if (reply.status !== 200 && reply.status !== 404) return this.unanswered(path, reply);
    this.load.journal.counts.reads++;
    const found = reply.status === 200 ? (reply.body as Document) : null;
    this.load.journal.judge(checkRead(document, found, reply), reply.receivedAt, () =>
      telling(path, reply, found),
    );
  }

  private unanswered(path: string, reply: Reply): void {
    this.load.journal.counts.failed++;
    if (hasFailed(reply)) return;
    const violation = {
      rule: 'no wrong status',
      detail: `${path} was answered with ${reply.status}`,
      ids: [],
    };
    this.load.journal.judge([violation], reply.receivedAt, () => telling(path, reply, reply.body));
  }
}
