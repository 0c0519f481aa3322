import type { BulkResult, Stored } from '@shoal/contracts';
import { checkReply } from './check-reply.ts';
import { type Reply, request } from './client.ts';
import { end, type Write } from './history.ts';
import type { Load } from './load.ts';
import type { Random } from './random.ts';
import { compose, idOf, ROUTING_KEYS } from './vocabulary.ts';

/**
 * Longer than a frontend waits for anything but an upload: up to 10 s for INTAKE (of three servers), then 5 s for the replicas and
 * the last reply. What a writer does not wait for is indeterminate, and the checker cannot hold it against anybody.
 */
const TIMEOUT_MS = 17_000;
const BULK_SIZE = 8;
const NDJSON = 'application/x-ndjson';

/** Writes documents, one after the other, each known to the history before it is sent. */
export class Writer {
  private readonly load: Load;
  private readonly random: Random;
  private readonly url: string;

  constructor(load: Load, random: Random) {
    this.load = load;
    this.random = random;
    this.url = `${load.url}/api/documents`;
  }

  /** One write: of several documents, of one, or a deletion. */
  async write(): Promise<void> {
    const kind = this.random.weighted({ confirmed: 10, plain: 5, deletion: 3, bulk: 1 });
    if (kind === 'bulk') return this.upload(BULK_SIZE);
    const number = this.load.pool.take(this.random);
    const document = this.load.history.of(idOf(number));
    const deletion = kind === 'deletion' && document.last.body !== null;
    const write = this.begin(number, 'single', deletion);
    const path = `${this.url}/${idOf(number)}${kind === 'confirmed' ? '?wait=searchable' : ''}`;
    const reply = await request(path, TIMEOUT_MS, deletion ? { method: 'DELETE' } : put(write));
    this.settle(write, reply, kind === 'confirmed');
    this.load.pool.giveBack(number, write);
    if (reply.status === 200) this.load.confirmations.confirmed(reply.body as Stored, reply.receivedAt);
    if (reply.status === 202) this.load.confirmations.acknowledged(document, reply.body as Stored);
  }

  /** Writes that many documents with one request. */
  async upload(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => this.load.pool.take(this.random));
    const writes = numbers.map((number) => this.begin(number, 'bulk', false));
    const lines = writes.map(({ body }, at) => JSON.stringify({ id: idOf(numbers[at]!), ...body }));
    const init = { method: 'POST', headers: { 'content-type': NDJSON }, body: `${lines.join('\n')}\n` };
    const reply = await request(this.url, TIMEOUT_MS, init);
    if (reply.status === 200) this.expectAccepted(writes.length, reply);
    for (const [at, write] of writes.entries()) {
      this.settle(write, reply, false);
      this.load.pool.giveBack(numbers[at]!, write);
    }
  }

  private begin(number: number, via: Write['via'], deletion: boolean): Write {
    const document = this.load.history.of(idOf(number));
    const routing = this.routing(document.last.body?.routing);
    const body = deletion ? null : compose(this.random, number, document.last.version + 1, routing);
    return document.begin(body, via, performance.now());
  }

  /** Now and then another one, which moves the document. */
  private routing(before: string | undefined): string | undefined {
    if (!this.random.chance(15)) return before;
    return this.random.chance(40) ? undefined : this.random.pick(ROUTING_KEYS);
  }

  private settle(write: Write, reply: Reply, waited: boolean): void {
    const { status, receivedAt } = reply;
    const wrong = checkReply(`a write of version ${write.version}`, reply, [200, 202]);
    this.load.journal.judge(wrong, receivedAt, () => JSON.stringify(reply.body));
    if (status === 200 || status === 202)
      return end(write, 'acknowledged', receivedAt, waited && status === 200);
    // Stored, but not yet on every replica; see docs/write.md.
    if (status === 504 && waited) return end(write, 'acknowledged', receivedAt);
    if (status === 429) end(write, 'rejected', receivedAt);
    else end(write, 'indeterminate', receivedAt);
    this.load.journal.counts.failed++;
  }

  private expectAccepted(count: number, { body, receivedAt }: Reply): void {
    const { accepted } = body as BulkResult;
    if (accepted === count) return;
    const detail = `${accepted} of ${count} documents were accepted`;
    const violation = { rule: 'uploads are taken whole', detail, ids: [] };
    this.load.journal.judge([violation], receivedAt, () => JSON.stringify(body));
  }
}

function put({ body }: Write): RequestInit {
  return { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
