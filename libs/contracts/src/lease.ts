/** How long ownership lasts without renewal: the time after which another indexer takes over from one that died. */
export const LEASE_TTL_MS = 4_000;

/** Value of the lease's key. */
export interface LeaseRecord {
  v: number;
  holder: string;
}
