import { retryBudget, type RetryPolicy } from './retry-budget.js';
import { Gather } from './gather.js';
import type { HedgePolicy } from './hedging.js';
import type { RequestMux } from '@shoal/nats';
import type { Leg, LegOutcome } from './leg.js';
import type { ScatterObserver } from './observer.js';
import type { ReplicaSelector } from './replica-selector.js';
import type { TargetProtocol } from './protocol.js';
import { TargetChannel } from './shard-channel.js';

/**
 * Scatter/gather (Burns, *Designing Distributed Systems*, chapter "Scatter/Gather"): asks one replica of every shard
 * named, waits for all of them or for the deadline, and says of each shard how it fared. Queries of one event-loop
 * turn travel to a shard in one message; each query has one timer, whatever the number of shards.
 */
export class Scatter<Q, R> {
  private readonly channels = new Map<number, TargetChannel<Q, R>>();

  /**
   * @param hedging when to ask besides who is slow; null: never, also after silence
   * @param retries pays for asking again after a replica that cannot answer, or the silence of all
   * @param observer sees every attempt; null: nobody does
   */
  constructor(
    private readonly mux: RequestMux,
    private readonly board: ReplicaSelector,
    private readonly protocol: TargetProtocol<Q, R>,
    private readonly hedging: HedgePolicy | null = null,
    private readonly retries: RetryPolicy = retryBudget(),
    private readonly observer: ScatterObserver<Q> | null = null,
  ) {}

  /**
   * Never rejects: an error of a shard is its outcome, and spoils no other's.
   * @param legs which shard is asked what
   * @param budgetMs time left; what has not come by then is `timedOut`
   * @returns one outcome per leg, in the order of the legs
   */
  gather(legs: { shard: number; query: Q }[], budgetMs: number): Promise<LegOutcome<R>[]> {
    return new Promise((resolve) => {
      const gather = new Gather<Q, R>(legs, budgetMs, resolve);
      for (const leg of gather.legs) this.channel(leg).send(leg);
    });
  }

  private channel({ target: shard }: Leg<Q, R>): TargetChannel<Q, R> {
    let channel = this.channels.get(shard);
    if (!channel) {
      const { mux, board, protocol, hedging, retries, observer } = this;
      channel = new TargetChannel(shard, { mux, selector: board, protocol, hedging, retries, observer });
      this.channels.set(shard, channel);
    }
    return channel;
  }
}
