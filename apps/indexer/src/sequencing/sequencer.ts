import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  INVALIDATION_SUBJECT,
  DOCS_STREAM,
  docsSubject,
  INTAKE_HEADER,
  INTAKE_STREAM,
  MOVED_FROM_HEADER,
  SCHEMA_VERSION,
  VERSION_HEADER,
  type Invalidation,
} from '@shoal/contracts';
import { type NewRecord, QueueReader } from '@shoal/nats';
import { FencedWriter } from '@shoal/leader-election';
import { Faults, NATS } from '@shoal/runtime';
import { Readiness } from '@shoal/telemetry';
import { MAX_COMMIT_RECORDS, commitBatches } from './commit-batches.js';
import { CommitSpans } from './commit-spans.js';
import { decodeIntake, type Intake, type UnreadableWriteError } from './intake-decoder.js';
import { DocumentLocations, type LogWrite } from './document-locations.js';
import { PausedLeader } from '../leadership/paused-leader.js';
import { IndexerMetrics } from '../indexer.metrics.js';
import type { IndexerSettings } from '../settings.js';
import { lastIntakeIn } from '../streams.service.js';
import type { LeadershipTerm } from '../leadership/leadership-term.js';

/** Interval at which the sequencer checks whether an operator has removed an unreadable message, in ms. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Brings accepted writes into one order: INTAKE → DOCS. The pending messages become one atomic batch, which the log accepts
 * only if no other process has written since. Each record carries its INTAKE sequence, so the log itself records how far
 * INTAKE has been applied, and a failover neither loses a write nor applies one twice.
 */
@Injectable()
export class Sequencer {
  private readonly partitions: number;
  /** Why nothing is sequenced now. */
  private unreadable: string | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: IndexerSettings,
    private readonly metrics: IndexerMetrics,
    private readonly faults: Faults,
    private readonly pausedLeader: PausedLeader,
    readiness: Readiness,
  ) {
    readiness.add('intake', () => this.unreadable);
    this.partitions = settings.get('SHOAL_PARTITIONS', { infer: true });
  }

  async serve(term: LeadershipTerm): Promise<void> {
    const writer = new FencedWriter(this.connection, {
      stream: DOCS_STREAM,
      fenceSubject: docsSubject.fence,
      unfenced: () => this.faults.on('fencing-off'),
    });
    const fence = await writer.fence(term.token);
    // Read after the fence: from then on no other process advances it.
    let applied = await lastIntakeIn(this.connection);
    const places = await DocumentLocations.load(this.connection, this.partitions, fence);
    if (term.over) return;
    const reader = await QueueReader.open(this.connection, INTAKE_STREAM);
    const close = () => reader.close();
    term.signal.addEventListener('abort', close);
    try {
      while (!term.over) {
        const messages = await reader.next(MAX_COMMIT_RECORDS);
        if (messages.length === 0) continue;
        const fresh = messages.filter(({ sequence }) => sequence > applied);
        // Acknowledge after each group. Reads by id prefer pending INTAKE messages over the log, so a late ack would return an
        // old version.
        const acknowledge = () => {
          while (messages.length > 0 && messages[0]!.sequence <= applied) messages.shift()!.ack();
        };
        acknowledge();
        const { readable, unreadable } = decodeIntake(fresh);
        for (const group of commitBatches(readable, (write) => places.mayMove(write))) {
          if (term.over && !this.faults.on('fencing-off')) return;
          this.pausedLeader.strike(term);
          await this.commit(writer, places, group);
          applied = group.at(-1)!.sequence;
          acknowledge();
          this.announce();
        }
        if (unreadable) await this.blocked(term, unreadable);
      }
    } finally {
      term.signal.removeEventListener('abort', close);
      close();
    }
  }

  private async commit(writer: FencedWriter, places: DocumentLocations, group: Intake[]): Promise<void> {
    const spans = new CommitSpans(group);
    try {
      await this.append(writer, await recordsOf(places, group, spans));
      spans.end();
    } catch (error) {
      spans.fail(error);
      throw error;
    }
    places.committed();
  }

  private async append(writer: FencedWriter, records: Map<string, NewRecord>): Promise<void> {
    const began = performance.now();
    if (records.size > 0) await writer.append([...records.values()]);
    this.metrics.committed(records.keys(), performance.now() - began);
  }

  /**
   * Stops sequencing at an unreadable message, because accepted writes must not be lost. /readyz reports it until a leader
   * that can decode it takes over or an operator removes it.
   */
  private async blocked(term: LeadershipTerm, unreadable: UnreadableWriteError): Promise<never> {
    this.metrics.unreadable.inc();
    this.unreadable = unreadable.message;
    let waiting = true;
    while (waiting && (await term.pause(LOOK_AGAIN_MS))) waiting = await this.isQueued(unreadable.sequence);
    this.unreadable = null;
    throw unreadable;
  }

  private async isQueued(sequence: number): Promise<boolean> {
    try {
      const { streams } = await jetstreamManager(this.connection, { checkAPI: false });
      return (await streams.getMessage(INTAKE_STREAM, { seq: sequence })) !== null;
    } catch {
      // NATS is unreachable, so the message is still there.
      return true;
    }
  }

  private announce(): void {
    this.connection.publish(
      INVALIDATION_SUBJECT,
      JSON.stringify({ v: SCHEMA_VERSION } satisfies Invalidation),
    );
  }
}

/** By subject: of two versions in one commit only the later one can ever be seen. */
async function recordsOf(
  places: DocumentLocations,
  group: readonly Intake[],
  spans: CommitSpans,
): Promise<Map<string, NewRecord>> {
  const records = new Map<string, NewRecord>();
  for (const message of group) {
    const context = spans.headersOf(message);
    for (const write of message.writes) {
      for (const effect of await places.resolve(write)) {
        records.delete(effect.subject);
        records.set(effect.subject, recordOf(effect, message.sequence, context));
      }
    }
  }
  return records;
}

function recordOf(
  { subject, document, movedFrom }: LogWrite,
  intake: number,
  context: Record<string, string>,
): NewRecord {
  return {
    subject,
    payload: document,
    headers: {
      [VERSION_HEADER]: String(SCHEMA_VERSION),
      [INTAKE_HEADER]: String(intake),
      ...(movedFrom === undefined ? {} : { [MOVED_FROM_HEADER]: String(movedFrom) }),
      ...context,
    },
  };
}
