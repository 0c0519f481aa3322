import { setTimeout as pause } from 'node:timers/promises';
import type { Problem, SearchAnswer, Stored } from '@shoal/contracts';
import { Api, type Answer } from './api.ts';

const PAUSE_MS = 10;

/** One request with its outcome. Times from `performance.now()`. */
export interface Seen {
  kind: 'search' | 'popular search' | 'write' | 'confirmed write';
  began: number;
  ended: number;
  status: number;
  /** Whether the status is 2xx and a search is complete. */
  good: boolean;
  detail: string;
  retryAfter: string | null;
}

/** Clients that search and write without a break and record every outcome. */
export class BackgroundClients {
  readonly seen: Seen[] = [];
  /** Ids of the documents whose write was acknowledged. */
  readonly acknowledged: string[] = [];
  /** Ids of confirmed documents that the next complete answer missed. */
  readonly hidden: string[] = [];
  private readonly api: Api;
  private readonly stopped = new AbortController();
  private readonly asking: Promise<void>[];
  /** Number of writes sent. */
  attempted = 0;
  private count = 0;

  /**
   * @param word in all documents that they write
   * @param name prefix of the ids
   */
  constructor(
    url: string,
    private readonly word: string,
    private readonly timeoutMs: number,
    private readonly name: string,
  ) {
    this.api = new Api(url);
    this.asking = [
      // Queries that are not cached, and one that is.
      this.repeat(() => this.see('search', () => this.search(`${word} ${this.count++}`))),
      this.repeat(() => this.see('search', () => this.search(`${word} ${this.count++}`))),
      this.repeat(() => this.see('popular search', () => this.search(word))),
      this.repeat(() => this.see('write', () => this.write(''))),
      this.repeat(() => this.see('write', () => this.write(''))),
      this.repeat(() => this.writeAndFind()),
    ];
  }

  /** Resolves when all requests in flight are answered. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.asking);
  }

  /** Counts good requests of this kind that began after a moment. */
  countSince(moment: number, kind: Seen['kind']): number {
    return this.seen.filter((one) => one.kind === kind && one.began >= moment && one.good).length;
  }

  private async repeat(work: () => Promise<unknown>): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await work();
      await pause(PAUSE_MS);
    }
  }

  private async see(kind: Seen['kind'], ask: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> {
    const began = performance.now();
    const answer = await ask();
    const { status, body, headers } = answer;
    const degraded = kind.endsWith('search') && status === 200 && (body as SearchAnswer).coverage.degraded;
    this.seen.push({
      kind,
      began,
      ended: performance.now(),
      status,
      good: status < 300 && !degraded,
      detail: degraded ? 'degraded' : ((body as Partial<Problem>).detail ?? ''),
      retryAfter: headers.get('retry-after'),
    });
    return answer;
  }

  /** Expects a confirmed write in the next complete answer. The query is not cached. */
  private async writeAndFind(): Promise<void> {
    const written = await this.see('confirmed write', () => this.write('?wait=searchable'));
    if (written.status !== 200) return;
    const { id } = written.body as Stored;
    const { status, body } = await this.see('search', () => this.search(id, 'and'));
    if (status !== 200) return;
    const { hits, coverage } = body as SearchAnswer;
    if (!coverage.degraded && hits[0]?.id !== id) this.hidden.push(id);
  }

  private search(q: string, operator = 'or'): Promise<Answer<unknown>> {
    const parameters = new URLSearchParams({ q, operator, timeoutMs: String(this.timeoutMs) });
    return this.api.fetch(`/api/search?${parameters.toString()}`);
  }

  private async write(query: string): Promise<Answer<unknown>> {
    this.attempted++;
    // The id is one word that no other document has.
    const id = `${this.name}${this.count++}`;
    const answer = await this.api.put(id, { title: id, text: this.word }, query);
    // A 504 means stored but not yet searchable.
    if (answer.status < 300 || answer.status === 504) this.acknowledged.push(id);
    return answer;
  }
}
