import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  readIfKnown,
  SCHEMA_VERSION,
  type PartitionStatistics,
  type StatisticsRequest,
} from '@shoal/contracts';
import type { Partition } from '../replica/partition.js';
import { ReplicaService } from '../replica/replica.service.js';

/** Maximum size of one reply, in bytes; the leader requests the remaining partitions later. */
const REPLY_BUDGET = 1024 * 1024;

/** Reply of a replica without changes, or without the ability to report: the leader polls again anyway. */
export const NOTHING_TO_REPORT = '';

/** Map side of the term statistics: reports the changes of partitions since the leader's last request. */
@Controller()
export class StatisticsController {
  constructor(private readonly partitions: ReplicaService) {}

  @MessagePattern('statistics')
  async statistics(@Payload() message: string): Promise<string> {
    const request = readIfKnown<StatisticsRequest>('a statistics request', message);
    const lines: string[] = [];
    let budget = REPLY_BUDGET;
    if (!request) return NOTHING_TO_REPORT;
    for (const { partition: number, sequence, fingerprint } of request.since) {
      const began = performance.now();
      const partition = this.partitions.get(number);
      if (!partition || hasNothingFor(partition, sequence, fingerprint)) continue;
      // A replica that is replaying, also since a moment ago, would report documents as missing that are only not yet here.
      if (!this.partitions.ready) break;
      const line = JSON.stringify({
        v: SCHEMA_VERSION,
        partition: number,
        sequence: partition.applied,
        ...partition.journal.since(sequence, fingerprint),
      } satisfies PartitionStatistics);
      const size = Buffer.byteLength(line);
      if (lines.length > 0 && size > budget) break;
      budget -= size;
      lines.push(line);
      // A full report takes about 200 ms for all partitions. Yield after each partition for as long as it took, so that searches
      // are not starved.
      await delay(performance.now() - began);
    }
    return lines.join('\n');
  }
}

/** The leader has what this copy has, or has counted further with another one's help: older numbers would be of no use to it. */
function hasNothingFor(
  { applied, journal }: Partition,
  sequence: number,
  fingerprint: number | undefined,
): boolean {
  return applied < sequence || (applied === sequence && journal.fingerprint === fingerprint);
}
