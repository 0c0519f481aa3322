import type { Confirmations } from './confirmations.ts';
import type { History } from './history.ts';
import type { Journal } from './journal.ts';
import type { Pool } from './pool.ts';

/** What all writers and readers of a run share. */
export interface Load {
  url: string;
  history: History;
  confirmations: Confirmations;
  pool: Pool;
  journal: Journal;
  /** How old an answer from a cache may be, in ms: 0 with one nats-server (docs/failure-model.md). */
  cachedForMs: number;
}
