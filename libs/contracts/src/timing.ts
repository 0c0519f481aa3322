/**
 * All times that processes of a cluster rely on, in ms. Every process must run with the same scale.
 *
 * A time that the cluster waits before it acts is multiplied by the scale, so tests need not wait for production's times.
 * A client's time limit is not: it bounds how much work a client waits for, and a busy machine needs that time at any scale.
 * Times that must outlast an election of nats-server are not scaled either, because nats-server's own times are fixed.
 * timing.spec.ts proves at every scale that the times keep their order.
 */

/** Smallest scale. Below it a pause of Node's event loop looks like a dead process. JetStream rejects a max_age under 100 ms. */
export const MIN_TIME_SCALE = 0.25;

/** Factor on the times below: SHOAL_TIME_SCALE, by default 1. */
export const TIME_SCALE = timeScale(globalThis.process?.env.SHOAL_TIME_SCALE);

/** @throws RangeError when the text is no number from MIN_TIME_SCALE to 1 */
function timeScale(text = '1'): number {
  const scale = Number(text);
  if (scale >= MIN_TIME_SCALE && scale <= 1) return scale;
  throw new RangeError(
    `SHOAL_TIME_SCALE=${text} is no number from ${MIN_TIME_SCALE} to 1: give all processes of the cluster the same one, or unset it`,
  );
}

const scaled = (ms: number): number => Math.round(ms * TIME_SCALE);

// Membership.

/** Interval of a member's heartbeats. */
export const HEARTBEAT_MS = scaled(1_000);
/** Silence after which a member counts as gone: three heartbeats, so one or two may be lost. Also the max_age of the bucket. */
export const HEARTBEAT_TTL_MS = scaled(3_000);
/** Longest time that nats-server needs to elect a new leader of a replicated stream: 4 to 9 s until a candidate, then the vote. */
export const RAFT_ELECTION_MS = 10_000;
/**
 * Returns how long after its last heartbeat a replica may answer searches. A write is not confirmed without that replica until then.
 * A replicated bucket cannot store heartbeats during an election: a shorter lease would silence all replicas together.
 * @param copies number of copies of the bucket
 */
export const readLeaseMs = (copies: number): number =>
  copies === 1 ? HEARTBEAT_TTL_MS : RAFT_ELECTION_MS + 4_000;
/** Time that a process which leaves still responds. Longer than its notice takes to arrive, so that no request meets a closed door. */
export const DRAIN_DELAY_MS = scaled(200);

// Leadership and allocation.

/** Life of the leader's lease without renewal: after it another indexer takes over. Renewed every third of it; also a max_age. */
export const LEASE_TTL_MS = scaled(4_000);
/** Pause before a leader's job that failed starts over. Shorter than the lease, so a job restarts within its term. */
export const JOB_RESTART_MS = scaled(500);
/** Interval of the allocation of shards. Changes that come together, as at a start, make one topology. */
export const ALLOCATION_INTERVAL_MS = scaled(300);
/**
 * Delayed allocation: a member that is gone keeps its shard for this long after HEARTBEAT_TTL_MS. A restart on the same host is
 * cheaper than a replay on another; so this must be longer than a process takes to start.
 */
export const NODE_LEFT_DELAY_MS = scaled(10_000);

// Statistics and caches.

/** Interval at which the leader collects term statistics: part of the time until a new document is ranked by its own words. */
export const STATISTICS_INTERVAL_MS = scaled(300);
/** Longest interval, while collecting is slow because much changes. */
export const STATISTICS_MAX_INTERVAL_MS = scaled(3_000);
/** Time limit for one replica's report. Shorter than HEARTBEAT_TTL_MS, after which a hung replica receives no requests. */
export const STATISTICS_TIMEOUT_MS = scaled(2_500);
/** Greatest age of a cached result, which bounds how stale it is when an invalidation got lost. */
export const RESULT_CACHE_TTL_MS = scaled(1_000);

// Connections.

/** Time a NATS server may take to greet before the next one is dialled. */
export const NATS_DIAL_TIMEOUT_MS = scaled(2_000);
/** Interval of pings on a NATS connection. */
export const NATS_PING_INTERVAL_MS = scaled(2_000);
/** Pings in a row without a response after which a connection is given up. */
export const NATS_MAX_MISSED_PINGS = 2;
/** Pause between two attempts to reconnect to NATS. */
export const NATS_RECONNECT_WAIT_MS = scaled(250);
/** Time an idle HTTP connection is kept while a frontend ends, because a request may be on its way. */
export const IDLE_CONNECTION_MS = scaled(1_000);

// Time limits of clients.

/** `?wait=searchable`: time until 504. Longer than HEARTBEAT_TTL_MS, so that a replica's crash delays a confirmation but fails none. */
export const WRITE_VISIBILITY_TIMEOUT_MS = 5_000;
/**
 * Returns how long a single write is published to INTAKE before 503. With copies it outlasts the election of their leader.
 * @param copies number of copies of the stream
 */
export const intakeAckTimeoutMs = (copies: number): number => (copies === 1 ? 5_000 : RAFT_ELECTION_MS);
/** Longest time that a write is published to INTAKE again: one of an upload, whose client can wait. */
export const INTAKE_TIMEOUT_MS = 30_000;
/**
 * Duplicate window of INTAKE. Longer than any attempt: a message may wait in the socket of a paused server, and must not be stored
 * again over a newer version when that server resumes.
 */
export const INTAKE_DUPLICATES_MS = 2 * INTAKE_TIMEOUT_MS;
