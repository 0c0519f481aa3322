import {
  STATISTICS_INTERVAL_MS,
  type BulkResult,
  type ClusterView,
  type DocumentBody,
  type Problem,
  type SearchAnswer,
  type Stored,
} from '@shoal/contracts';
import { until } from './until.ts';

/** The leader has collected statistics several times, and had time to publish a version. */
const SETTLED_MS = 3 * STATISTICS_INTERVAL_MS + 100;

export interface Answer<T> {
  status: number;
  type: string;
  headers: Headers;
  body: T;
}

/** A client of the HTTP interface, as a test needs one: it keeps statuses and never throws for them. */
export class Api {
  readonly url: string;
  private readonly credentials: Record<string, string>;

  /** @param credentials headers that every request brings */
  constructor(url: string, credentials: Record<string, string> = {}) {
    this.url = url;
    this.credentials = credentials;
  }

  async fetch<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(this.credentials)) headers.set(name, value);
    const response = await fetch(this.url + path, { ...init, headers });
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    const body = (type.includes('json') ? JSON.parse(text) : text) as T;
    return { status: response.status, type, headers: response.headers, body };
  }

  /** For requests that are to be rejected. */
  problem(path: string, init?: RequestInit): Promise<Answer<Problem>> {
    return this.fetch<Problem>(path, init);
  }

  /** @throws Error when it is not answered with 200 */
  async search(q: string, parameters: Record<string, string | number> = {}): Promise<SearchAnswer> {
    const query = new URLSearchParams({ q });
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
    const { status, body } = await this.fetch<SearchAnswer>(`/api/search?${query.toString()}`);
    if (status !== 200) throw new Error(`search answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Ids of the best hits. */
  async found(q: string, parameters: Record<string, string | number> = {}): Promise<string[]> {
    return (await this.search(q, parameters)).hits.map(({ id }) => id);
  }

  put(id: string, document: DocumentBody, query = ''): Promise<Answer<Stored>> {
    return this.fetch<Stored>(`/api/documents/${encodeURIComponent(id)}${query}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
  }

  delete(id: string): Promise<Answer<Stored>> {
    return this.fetch<Stored>(`/api/documents/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  get(id: string): Promise<Answer<Record<string, unknown>>> {
    return this.fetch(`/api/documents/${encodeURIComponent(id)}`);
  }

  async bulk(lines: string | ReadableStream<Uint8Array>): Promise<Answer<BulkResult>> {
    return this.fetch<BulkResult>('/api/documents', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines,
      duplex: 'half',
    });
  }

  async cluster(): Promise<ClusterView> {
    return (await this.fetch<ClusterView>('/api/cluster')).body;
  }

  /**
   * Waits until the statistics count this many documents and have not changed for SETTLED_MS: all writes are then
   * indexed, and every root ranks by them.
   */
  async settled(documents: number): Promise<ClusterView> {
    let seen = '';
    let since = 0;
    return until(`${documents} documents are counted`, async () => {
      const view = await this.cluster();
      const now = `${view.documents} ${view.statisticsVersion}`;
      if (now !== seen) since = performance.now();
      seen = now;
      return view.documents === documents && performance.now() - since > SETTLED_MS && view;
    });
  }
}
