export { TurnBatcher } from './batcher.js';
export { coverageOf, type Coverage } from './coverage.js';
export type { HedgePolicy } from './hedging.js';
export {
  LegAttempt,
  type AttemptOutcome,
  type AttemptReason,
  type LegOutcome,
  type RejectionCode,
  type RejectionReason,
} from './leg.js';
export type { Attempt, ScatterObserver, TargetProtocol } from './protocol.js';
export { ReplicaSelector } from './replica-selector.js';
export { REJECTION_RETRY_RESERVE, RetryBudget, retryBudget, type RetryPolicy } from './retry-budget.js';
export { Scatter } from './scatter.js';
