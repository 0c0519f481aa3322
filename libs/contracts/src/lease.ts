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
