import type { setTimeout as delay } from 'node:timers/promises';
import { errors, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { decodeWrites, type Document } from '@shoal/contracts';
import type { ClusterService } from '@shoal/runtime';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { FrontendSettings } from '../settings.js';
import { BulkUpload } from './bulk-upload.js';
import type { IntakeMetrics } from './intake.metrics.js';
import { IntakePublisher } from './intake-publisher.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

// Pauses between tries last one turn of the event loop.
vi.mock('node:timers/promises', () => ({ setTimeout: (() => turn()) as unknown as typeof delay }));

/** What becomes of one try of a message. */
type Fate = 'stored' | 'full' | 'lost' | 'answer lost' | 'arrives late';
interface Try {
  fate: Fate;
  /** Turns of the event loop until it is answered, or is known to be unanswered. */
  turns: number;
}

/** A NATS connection to an INTAKE that loses, delays and rejects; it knows a message again by its id, as JetStream does. */
class LossyIntake {
  /** The messages stored, in order. */
  readonly messages: Document[][] = [];
  private readonly sequences = new Map<string, number>();
  private readonly late: Promise<void>[] = [];
  readonly options = {};

  /** Tries beyond these are stored at once. */
  constructor(private readonly tries: Try[]) {}

  async request(_subject: string, payload: string, { headers }: { headers: MsgHdrs }): Promise<unknown> {
    const { fate, turns } = this.tries.shift() ?? { fate: 'stored', turns: 0 };
    const store = () => this.store(headers.get('Nats-Msg-Id'), payload);
    if (fate === 'answer lost') store();
    if (fate === 'arrives late') this.late.push(after(4 * turns, store));
    for (let left = turns; left > 0; left--) await turn();
    if (fate === 'stored') return answer({ stream: 'INTAKE', seq: store() });
    if (fate === 'full')
      return answer({ error: { code: 503, err_code: 10077, description: 'maximum bytes' } });
    throw new errors.TimeoutError();
  }

  async settled(): Promise<void> {
    await Promise.all(this.late);
  }

  private store(id: string, payload: string): number {
    if (!this.sequences.has(id)) {
      const writes = decodeWrites(payload);
      this.messages.push(
        writes.map((write) => JSON.parse(write.op === 'put' ? write.document : '') as Document),
      );
      this.sequences.set(id, this.messages.length);
    }
    return this.sequences.get(id)!;
  }
}

async function after(turns: number, act: () => unknown): Promise<void> {
  for (let left = turns; left > 0; left--) await turn();
  act();
}

const answer = (body: object) => ({ data: Buffer.from(JSON.stringify(body)), json: () => body });

/** So long that three lines fill a message. */
const LONG = 'x'.repeat(180_000);

const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'), {
  maxLength: 24,
});
const tries = fc.array(
  fc.record({
    fate: fc.constantFrom<Fate>('stored', 'full', 'lost', 'answer lost', 'arrives late'),
    turns: fc.nat({ max: 12 }),
  }),
  { maxLength: 24 },
);

describe('an upload into an INTAKE that loses, delays and rejects', () => {
  it('stores every line once, and of each document the last line last', async () => {
    await fc.assert(
      fc.asyncProperty(ids, tries, async (lines, fates) => {
        const lossy = new LossyIntake([...fates]);
        const load = new BulkUpload(
          new IntakePublisher(
            lossy as unknown as NatsConnection,
            { get: () => 1 } as unknown as FrontendSettings,
            { topology: { partitions: 4 } } as ClusterService,
            { count: () => {} } as unknown as IntakeMetrics,
          ),
        );
        for (const [at, id] of lines.entries())
          await load.add({
            number: at + 1,
            text: JSON.stringify({ id, title: String(at + 1), text: LONG }),
          });
        expect((await load.finish()).accepted).toBe(lines.length);
        await lossy.settled();

        const stored = lossy.messages.flat();
        for (const id of new Set(lines)) {
          const sent = lines.flatMap((other, at) => (other === id ? [String(at + 1)] : []));
          expect(stored.filter((document) => document.id === id).map(({ title }) => title)).toEqual(sent);
        }
      }),
      { numRuns: 200 },
    );
  });
});
