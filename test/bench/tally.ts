import type { Reply } from '../cluster/http-client.ts';

/** What came of one phase. Times in ms, from the moment a request was due, however late it was sent. */
export interface Tally {
  offered: number;
  seconds: number;
  /** Answered with 200, for all shards, within the deadline. */
  good: number[];
  late: number;
  degraded: number;
  /** 429 and 503, with the time they took. */
  shed: number[];
  /** Other statuses, 0 for a connection that broke or was not to be had. */
  failed: number[];
  /** How late the requests were sent: a generator that cannot keep its own time measures itself. */
  sentLate: number[];
  /** Seconds of CPU that the generator took. */
  cpu: number;
  /** From the end of the load until all was answered. */
  drainMs: number;
}

/** Who asks for what, and how long it may take. */
export interface Asked {
  url: string;
  nextPath: () => string;
  deadlineMs: number;
}

export function newTally(seconds: number): Tally {
  return {
    offered: 0,
    seconds,
    good: [],
    late: 0,
    degraded: 0,
    shed: [],
    failed: [],
    sentLate: [],
    cpu: 0,
    drainMs: 0,
  };
}

/** Adds an answer, or null for a connection that broke. @param ms since it was due */
export function countReply(tally: Tally, reply: Reply | null, ms: number, deadlineMs: number): void {
  if (reply?.status === 503 || reply?.status === 429) tally.shed.push(ms);
  else if (reply?.status !== 200) tally.failed.push(reply?.status ?? 0);
  else if (reply.body.includes('"degraded":true')) tally.degraded++;
  else if (ms > deadlineMs) tally.late++;
  else tally.good.push(ms);
}
