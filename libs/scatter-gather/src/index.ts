export { BoundedQueue } from './bounded-queue.js';
export { coverageOf, type Coverage } from './coverage.js';
export { HedgeBudget, type HedgePolicy } from './hedging.js';
export { Inbox, type InboxReply } from './inbox.js';
export { NatsStrategy, type AskContext, type Listening } from './nats-strategy.js';
export { ReplicaBoard } from './replica-board.js';
export { Scatter, type LegOutcome } from './scatter.js';
export type { ShardProtocol } from './shard-channel.js';
export { TurnBatcher } from './turn-batcher.js';
