import { Attempts } from './attempts.js';
import type { Leg } from './leg.js';
import type { Means } from './protocol.js';
import { TurnBatcher } from './turn-batcher.js';

/** The way to one shard: the legs of a turn leave together. */
export class ShardChannel<Q, R> {
  private readonly batcher: TurnBatcher<Leg<Q, R>>;

  constructor(shard: number, means: Means<Q, R>) {
    const { protocol } = means;
    this.batcher = new TurnBatcher(
      (legs) => new Attempts(shard, legs, means).begin(),
      protocol.maxWeight,
      (leg) => protocol.weigh(leg.query),
    );
  }

  send(leg: Leg<Q, R>): void {
    this.batcher.add(leg);
  }
}
