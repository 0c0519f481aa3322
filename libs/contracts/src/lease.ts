/** How long ownership lasts without renewal: the time after which another indexer takes over from one that died. */
export const LEASE_TTL_MS = 4_000;

/** Body of `shoal.ownership.refused`. */
export interface Refused {
  v: number;
  /** Who wanted to write. */
  holder: string;
  /** With which fencing token. */
  token: number;
  detail: string;
}

/** Value of the lease's key. */
export interface LeaseRecord {
  v: number;
  holder: string;
}
