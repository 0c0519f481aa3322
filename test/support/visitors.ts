import { setTimeout as pause } from 'node:timers/promises';
import type { Problem, SearchAnswer } from '@shoal/contracts';
import { Api, type Answer } from './api.ts';

const PAUSE_MS = 10;

/** One request, as its sender saw it. Times are of `performance.now()`. */
export interface Seen {
  kind: 'search' | 'popular search' | 'write' | 'confirmed write';
  began: number;
  ended: number;
  status: number;
  /** 200 or 202, and of a search all shards. */
  good: boolean;
  detail: string;
  retryAfter: string | null;
}

/** Clients that ask without a break, whatever comes of it, and write down everything. */
export class Visitors {
  readonly seen: Seen[] = [];
  /** Ids of the documents whose write was acknowledged. */
  readonly acknowledged: string[] = [];
  private readonly api: Api;
  private readonly stopped = new AbortController();
  private readonly asking: Promise<void>[];
  /** How many writes were tried. */
  attempted = 0;
  private count = 0;

  /**
   * @param word stands in all documents that they write
   * @param name begins their ids
   */
  constructor(
    url: string,
    private readonly word: string,
    private readonly timeoutMs: number,
    private readonly name: string,
  ) {
    this.api = new Api(url);
    this.asking = [
      // No cache has an answer to it, and one that has.
      this.repeat('search', () => this.search(`${word} ${this.count++}`)),
      this.repeat('search', () => this.search(`${word} ${this.count++}`)),
      this.repeat('popular search', () => this.search(word)),
      this.repeat('write', () => this.write('')),
      this.repeat('write', () => this.write('')),
      this.repeat('confirmed write', () => this.write('?wait=searchable')),
    ];
  }

  /** Resolves when every request under way has its answer. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.asking);
  }

  /** How many requests of this kind were begun since then and ended well. */
  countSince(moment: number, kind: Seen['kind']): number {
    return this.seen.filter((one) => one.kind === kind && one.began >= moment && one.good).length;
  }

  private async repeat(kind: Seen['kind'], ask: () => Promise<Answer<unknown>>): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const began = performance.now();
      const { status, body, headers } = await ask();
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
      await pause(PAUSE_MS);
    }
  }

  private search(q: string): Promise<Answer<unknown>> {
    return this.api.fetch(
      `/api/search?${new URLSearchParams({ q, timeoutMs: String(this.timeoutMs) }).toString()}`,
    );
  }

  private async write(query: string): Promise<Answer<unknown>> {
    this.attempted++;
    const id = `${this.name}-${this.count++}`;
    const answer = await this.api.put(id, { title: id, text: this.word }, query);
    // A 504 says that it is stored, too.
    if (answer.status < 300 || answer.status === 504) this.acknowledged.push(id);
    return answer;
  }
}
