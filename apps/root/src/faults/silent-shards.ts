import { Injectable } from '@nestjs/common';
import type { ShardResult } from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import type { ShardOutcome } from '../shard-client.js';

/** Fault silent-shards: a shard that did not answer passes for one that has searched all it holds and found nothing. */
@Injectable()
export class SilentShards {
  constructor(private readonly faults: Faults) {}

  /** @param documentsOf what a shard is known to hold */
  hide(outcomes: ShardOutcome[], documentsOf: (shard: number) => number): ShardOutcome[] {
    if (!this.faults.on('silent-shards')) return outcomes;
    return outcomes.map((outcome) =>
      outcome.result
        ? outcome
        : {
            ...outcome,
            outcome: 'answered',
            result: { result: nothing(documentsOf(outcome.target)), documents: [] },
          },
    );
  }
}

function nothing(searched: number): ShardResult {
  return { kind: 'search', queueMs: 0, searchMs: 0, total: 0, searched, ids: [], scores: [], inlined: 0 };
}
