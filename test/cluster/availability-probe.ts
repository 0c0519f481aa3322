import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { SearchAnswer } from '@shoal/contracts';

/** Longer than every timeout of the cluster. */
const PATIENCE_MS = 15_000;
const SEARCH_MS = 5_000;

interface Manner {
  /** Headers of every request. */
  credentials?: Record<string, string>;
  /** Pause of each of the eight loops after an answer, in ms. */
  pauseMs?: number;
}

interface Reply {
  status: number;
  body: string;
}

/** Client that repeats searches, suggestions, reads and writes, past all caches, and records all but full success. */
export class AvailabilityProbe {
  /** Failed or degraded requests, with the time in ms since the start. */
  readonly complaints: string[] = [];
  /** Ids of the documents whose write was acknowledged. */
  readonly written: string[] = [];
  /** Successful requests of each kind. */
  readonly succeeded: Record<string, number> = {};
  private readonly url: string;
  private readonly word: string;
  private readonly credentials: Record<string, string>;
  private readonly pauseMs: number;
  private readonly began = performance.now();
  private readonly agent = new http.Agent({ keepAlive: true });
  private readonly stopped = new AbortController();
  private readonly loops: Promise<void>[];
  private count = 0;

  /**
   * @param word in every document of the cluster
   * @param known id of a stored document
   */
  constructor(url: string, word: string, known: string, { credentials = {}, pauseMs = 20 }: Manner = {}) {
    this.url = url;
    this.word = word;
    this.credentials = credentials;
    this.pauseMs = pauseMs;
    this.loops = [
      ...Array.from({ length: 3 }, () => this.repeat('search', () => this.search(this.agent))),
      this.repeat('search over a new connection', () => this.search(false)),
      this.repeat('suggest', () => this.ok('GET', `/api/suggest?q=${word}`)),
      this.repeat('get', () => this.ok('GET', `/api/documents/${known}`)),
      this.repeat('write', () => this.write('', 202)),
      this.repeat('write, wait=searchable', () => this.write('?wait=searchable', 200)),
    ];
  }

  /** Resolves when all requests in flight are answered. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.loops);
    this.agent.destroy();
  }

  private async repeat(kind: string, ask: () => Promise<unknown>): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await ask();
        this.succeeded[kind] = (this.succeeded[kind] ?? 0) + 1;
      } catch (error) {
        const at = Math.round(performance.now() - this.began);
        this.complaints.push(`${at} ms: ${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await pause(this.pauseMs);
    }
  }

  private async search(agent: http.Agent | false): Promise<void> {
    // This query is not cached.
    const query = `/api/search?q=${this.word}+${this.count++}&timeoutMs=${SEARCH_MS}`;
    const body = await this.ok('GET', query, 200, agent);
    const { coverage, traceId } = JSON.parse(body) as SearchAnswer;
    if (coverage.degraded) throw new Error(`degraded: ${JSON.stringify(coverage)}, trace ${traceId}`);
  }

  private async write(query: string, status: number): Promise<void> {
    const id = `${this.word}-w${this.count++}`;
    const document = JSON.stringify({ title: id, text: this.word });
    await this.ok('PUT', `/api/documents/${id}${query}`, status, this.agent, document);
    this.written.push(id);
  }

  private async ok(
    method: string,
    path: string,
    status = 200,
    agent: http.Agent | false = this.agent,
    body?: string,
  ): Promise<string> {
    const reply = await this.request(method, path, agent, body);
    if (reply.status !== status) throw new Error(`${reply.status} ${reply.body}`);
    return reply.body;
  }

  private async request(
    method: string,
    path: string,
    agent: http.Agent | false,
    body?: string,
  ): Promise<Reply> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { ...this.credentials, ...type };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const request = http.request(this.url + path, { method, agent, headers, signal });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode!, body: await text(response) };
  }
}
