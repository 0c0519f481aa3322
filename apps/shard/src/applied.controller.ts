import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { readMessage, SCHEMA_VERSION, type AppliedReply, type AppliedRequest } from '@shoal/contracts';
import { PartitionsService } from './partitions.service.js';

/** Tells a frontend when a write can be found here. */
@Controller()
export class AppliedController {
  constructor(private readonly partitions: PartitionsService) {}

  @MessagePattern('applied')
  async applied(@Payload() message: string): Promise<string> {
    const { partition, intake, waitMs } = readMessage<AppliedRequest>('an applied request', message);
    const applied = await this.partitions.reached(partition, intake, waitMs);
    return appliedReply(applied);
  }
}

/** Also what a replica says that is too busy to wait for anything. */
export function appliedReply(applied: boolean): string {
  return JSON.stringify({ v: SCHEMA_VERSION, applied } satisfies AppliedReply);
}
