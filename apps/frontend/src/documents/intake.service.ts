import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionOf } from '@shoal/consistent-hashing';
import {
  encodeWrites,
  intakeSubject,
  serializeDocument,
  type Document,
  type IntakeWrite,
} from '@shoal/contracts';
import { encodeKey, Publisher } from '@shoal/document-log';
import { ClusterService, NATS } from '@shoal/service';
import { UnavailableError } from '../errors.js';

/** Hands writes to INTAKE. What it has acknowledged survives any one crash, and is sequenced as soon as there is an owner. */
@Injectable()
export class IntakeService {
  private readonly publisher: Publisher;

  constructor(
    @Inject(NATS) connection: NatsConnection,
    private readonly cluster: ClusterService,
  ) {
    this.publisher = new Publisher(connection);
  }

  /** @throws UnavailableError while no owner has said into how many partitions documents are divided */
  put(document: Document): IntakeWrite & { op: 'put' } {
    return {
      op: 'put',
      partition: this.partitionOf(document.routing ?? document.id),
      key: encodeKey(document.id),
      document: serializeDocument(document),
    };
  }

  /** @throws UnavailableError while no owner has said into how many partitions documents are divided */
  partitionOf(routingKey: string): number {
    const topology = this.cluster.topology;
    if (!topology) throw new UnavailableError('the cluster is still starting: try again in a few seconds');
    return partitionOf(routingKey, topology.partitions);
  }

  /** One write, under the document's own subject: a read finds it even before it is sequenced. */
  acceptOne(write: IntakeWrite): Promise<number> {
    return this.publisher.publish(intakeSubject.one(write.key), encodeWrites([write]));
  }

  /** Many writes in one message. */
  acceptMany(writes: readonly IntakeWrite[]): Promise<number> {
    return this.publisher.publish(intakeSubject.many, encodeWrites(writes));
  }
}
