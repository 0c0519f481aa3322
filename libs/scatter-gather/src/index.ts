export { RetryBudget, REJECTION_RETRY_RESERVE, retryBudget, type RetryPolicy } from './retry-budget.js';
export { coverageOf, type Coverage } from './coverage.js';
export type { HedgePolicy } from './hedging.js';
export type { LegAttempt, LegOutcome } from './leg.js';
export type { Attempt, AttemptOutcome, AttemptReason, ScatterObserver } from './observer.js';
export { ReplicaSelector } from './replica-selector.js';
export type { TargetProtocol } from './protocol.js';
export { Scatter } from './scatter.js';
export { TurnBatcher } from './batcher.js';
