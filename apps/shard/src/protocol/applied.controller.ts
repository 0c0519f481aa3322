import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { readIfKnown, SCHEMA_VERSION, type AppliedReply, type AppliedRequest } from '@shoal/contracts';
import { ReplicaService } from '../replica/replica.service.js';

/** Replies to a frontend when a write is searchable here. */
@Controller()
export class AppliedController {
  constructor(private readonly partitions: ReplicaService) {}

  @MessagePattern('applied')
  async applied(@Payload() message: string): Promise<string> {
    const request = readIfKnown<AppliedRequest>('an applied request', message);
    if (!request) return appliedReply({ applied: false });
    const outcome = await this.partitions.reached(request);
    if (outcome === 'late') return appliedReply({ applied: false });
    if (outcome === 'promised') return appliedReply({ applied: false, committed: true });
    const { movedFrom } = outcome;
    return appliedReply({ applied: true, ...(movedFrom === undefined ? {} : { movedFrom }) });
  }
}

export function appliedReply(outcome: Omit<AppliedReply, 'v'>): string {
  return JSON.stringify({ v: SCHEMA_VERSION, ...outcome } satisfies AppliedReply);
}
