import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionOf } from '@shoal/consistent-hashing';
import {
  ATTRIBUTE,
  encodeWrites,
  INTAKE_TIMEOUT_MS,
  INTAKE_STREAM,
  intakeAckTimeoutMs,
  intakeSubject,
  messagingAttributes,
  SCHEMA_VERSION,
  serializeDocument,
  TRACE_HEADER,
  type Document,
  type IntakeWrite,
  VERSION_HEADER,
} from '@shoal/contracts';
import { encodeKey, Publisher } from '@shoal/nats';
import { ClusterService, NATS } from '@shoal/runtime';
import { activeSpan, isSampled, SpanKind, traceparentOf, withSpan } from '@shoal/telemetry';
import { UnavailableError } from '../errors.js';
import type { FrontendSettings } from '../settings.js';
import { IntakeMetrics } from './intake.metrics.js';

const HEADERS = { [VERSION_HEADER]: String(SCHEMA_VERSION) };

/** Publishes writes to INTAKE. An acknowledged write survives any single crash and is sequenced once there is a leader. */
@Injectable()
export class IntakePublisher {
  private readonly single: Publisher;
  private readonly uploads: Publisher;

  constructor(
    @Inject(NATS) connection: NatsConnection,
    @Inject(ConfigService) settings: FrontendSettings,
    private readonly cluster: ClusterService,
    private readonly metrics: IntakeMetrics,
  ) {
    const copies = settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    this.single = new Publisher(connection, { timeoutMs: intakeAckTimeoutMs(copies) });
    this.uploads = new Publisher(connection, { timeoutMs: INTAKE_TIMEOUT_MS, retriesWhenFull: true });
  }

  /** @throws UnavailableError until a leader has published the number of partitions */
  putWrite(document: Document): IntakeWrite & { op: 'put' } {
    return {
      op: 'put',
      partition: this.partitionOf(document.routing ?? document.id),
      key: encodeKey(document.id),
      document: serializeDocument(document),
    };
  }

  /** @throws UnavailableError until a leader has published the number of partitions */
  partitionOf(routingKey: string): number {
    const topology = this.cluster.topology;
    if (!topology) throw new UnavailableError('the cluster is still starting: try again in a few seconds');
    return partitionOf(routingKey, topology.partitions);
  }

  /** One write, under the document's own subject: a read finds it even before it is sequenced. */
  acceptOne(write: IntakeWrite): Promise<number> {
    return this.publish(this.single, intakeSubject.one(write.key), [write]);
  }

  /** Many writes in one message. A queue that is full or away is waited for: the sender's stream rests meanwhile. */
  acceptMany(writes: readonly IntakeWrite[]): Promise<number> {
    return this.publish(this.uploads, intakeSubject.many, writes);
  }

  private publish(publisher: Publisher, subject: string, writes: readonly IntakeWrite[]): Promise<number> {
    const start = {
      kind: SpanKind.PRODUCER,
      attributes: { ...messagingAttributes('publish', INTAKE_STREAM), [ATTRIBUTE.writes]: writes.length },
    };
    return withSpan('publish INTAKE', traceparentOf(activeSpan()), start, async (span) => {
      const headers: Record<string, string> = { ...HEADERS };
      // Not of an unsampled trace: the log keeps the header for as long as the document.
      const traceparent = traceparentOf(span);
      if (isSampled(traceparent)) headers[TRACE_HEADER] = traceparent;
      const sequence = await publisher.publish(subject, encodeWrites(writes), headers);
      this.metrics.count(writes);
      span.setAttribute(ATTRIBUTE.sequence, sequence);
      return sequence;
    });
  }
}
