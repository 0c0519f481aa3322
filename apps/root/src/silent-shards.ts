import { Injectable } from '@nestjs/common';
import type { ShardResult } from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import type { ShardOutcome } from './shard-client.js';

/** Fault silent-shards: counts a shard without an answer as one that searched all its documents and found no hit. */
@Injectable()
export class SilentShards {
  constructor(private readonly faults: Faults) {}

  /** @param documentsIn number of documents in a shard by the statistics */
  hide(outcomes: ShardOutcome[], documentsIn: (shard: number) => number): ShardOutcome[] {
    if (!this.faults.on('silent-shards')) return outcomes;
    return outcomes.map((outcome) =>
      outcome.result
        ? outcome
        : {
            ...outcome,
            outcome: 'answered',
            result: { result: emptyResult(documentsIn(outcome.target)), documents: [] },
          },
    );
  }
}

function emptyResult(searched: number): ShardResult {
  return { kind: 'search', queueMs: 0, searchMs: 0, total: 0, searched, ids: [], scores: [], inlined: 0 };
}
