export { Budget, KEPT_FOR_REFUSALS, retryBudget, type RetryPolicy } from './budget.js';
export { coverageOf, type Coverage } from './coverage.js';
export type { HedgePolicy } from './hedging.js';
export type { LegAttempt, LegOutcome } from './leg.js';
export type { Attempt, AttemptOutcome, AttemptReason, ScatterObserver } from './observer.js';
export { ReplicaBoard } from './replica-board.js';
export type { ShardProtocol } from './protocol.js';
export { Scatter } from './scatter.js';
export { TurnBatcher } from './turn-batcher.js';
