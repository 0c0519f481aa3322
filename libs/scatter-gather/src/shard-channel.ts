import { Dispatch } from './dispatch.js';
import type { Leg } from './leg.js';
import type { DispatchContext } from './protocol.js';
import { TurnBatcher } from './batcher.js';

/** The way to one shard: the legs of a turn leave together. */
export class TargetChannel<Q, R> {
  private readonly batcher: TurnBatcher<Leg<Q, R>>;

  constructor(shard: number, means: DispatchContext<Q, R>) {
    const { protocol } = means;
    this.batcher = new TurnBatcher(
      (legs) => new Dispatch(shard, legs, means).start(),
      protocol.maxWeight,
      (leg) => protocol.weigh(leg.query),
    );
  }

  send(leg: Leg<Q, R>): void {
    this.batcher.add(leg);
  }
}
