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

/** Bytes that one reply may hold; the leader asks again for the partitions left out. */
const REPLY_BUDGET = 1024 * 1024;

/** The reply of a replica that has nothing new, or cannot tell: the leader asks again anyway. */
export const NOTHING_TO_REPORT = '';

/** The map side of the term statistics: what changed in these partitions since the leader last asked. */
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
      // Told in full, all partitions take a fifth of a second. Searches get as much time in between: a search has several turns,
      // and would otherwise wait for a partition at each.
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
