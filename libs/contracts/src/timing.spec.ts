import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as Timing from './timing.js';

/** JetStream rejects a smaller max_age and duplicate window. */
const JETSTREAM_MIN_AGE_MS = 100;

async function timingAt(scale: string | undefined): Promise<typeof Timing> {
  vi.stubEnv('SHOAL_TIME_SCALE', scale);
  vi.resetModules();
  return import('./timing.js');
}
afterEach(() => vi.unstubAllEnvs());

describe.each([undefined, '1', '0.5', '0.25'])('times at SHOAL_TIME_SCALE=%s', (scale) => {
  it('survive the loss of a heartbeat', async () => {
    const { HEARTBEAT_MS, HEARTBEAT_TTL_MS } = await timingAt(scale);
    expect(HEARTBEAT_TTL_MS).toBeGreaterThanOrEqual(2 * HEARTBEAT_MS);
  });

  it.each([1, 3, 5])('keep a read lease at least as long as membership with %d copies', async (copies) => {
    const { HEARTBEAT_TTL_MS, readLeaseMs } = await timingAt(scale);
    expect(readLeaseMs(copies)).toBeGreaterThanOrEqual(HEARTBEAT_TTL_MS);
  });

  it('keep the short ones within the lease or membership that bounds them', async () => {
    const times = await timingAt(scale);
    expect(times.JOB_RESTART_MS).toBeLessThan(times.LEASE_TTL_MS / 3);
    expect(times.ALLOCATION_INTERVAL_MS).toBeLessThan(times.HEARTBEAT_MS);
    expect(times.STATISTICS_INTERVAL_MS).toBeLessThan(times.STATISTICS_MAX_INTERVAL_MS);
    expect(times.STATISTICS_TIMEOUT_MS).toBeLessThan(times.HEARTBEAT_TTL_MS);
    expect(times.DRAIN_DELAY_MS).toBeLessThan(times.HEARTBEAT_MS);
    expect(times.RESULT_CACHE_TTL_MS).toBeLessThan(times.HEARTBEAT_TTL_MS);
    expect(times.NATS_RECONNECT_WAIT_MS).toBeLessThan(times.NATS_DIAL_TIMEOUT_MS);
    expect(times.NODE_LEFT_DELAY_MS).toBeGreaterThan(times.HEARTBEAT_TTL_MS);
  });

  it('let a client wait longer than the cluster needs to fail over', async () => {
    const times = await timingAt(scale);
    expect(times.WRITE_VISIBILITY_TIMEOUT_MS).toBeGreaterThan(times.readLeaseMs(1));
    expect(times.readLeaseMs(3)).toBeGreaterThan(times.RAFT_ELECTION_MS);
    expect(times.intakeAckTimeoutMs(3)).toBeGreaterThanOrEqual(times.RAFT_ELECTION_MS);
    expect(times.INTAKE_TIMEOUT_MS).toBeGreaterThanOrEqual(times.intakeAckTimeoutMs(3));
    expect(times.INTAKE_DUPLICATES_MS).toBeGreaterThan(times.INTAKE_TIMEOUT_MS);
  });

  it('are legal for JetStream', async () => {
    const times = await timingAt(scale);
    const ages = [times.HEARTBEAT_TTL_MS, times.LEASE_TTL_MS, times.readLeaseMs(1), times.readLeaseMs(3)];
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(JETSTREAM_MIN_AGE_MS);
    expect(times.INTAKE_DUPLICATES_MS).toBeGreaterThanOrEqual(JETSTREAM_MIN_AGE_MS);
  });

  it('are whole milliseconds', async () => {
    const times = Object.entries(await timingAt(scale)).filter(([name]) => name.endsWith('_MS'));
    expect(times.length).toBeGreaterThan(10);
    expect(times.filter(([, ms]) => !Number.isInteger(ms))).toEqual([]);
  });
});

describe('SHOAL_TIME_SCALE', () => {
  it('halves what the cluster waits for and leaves what clients wait for', async () => {
    const [full, half] = [await timingAt('1'), await timingAt('0.5')];
    expect(half.LEASE_TTL_MS).toBe(full.LEASE_TTL_MS / 2);
    expect(half.NODE_LEFT_DELAY_MS).toBe(full.NODE_LEFT_DELAY_MS / 2);
    expect(half.WRITE_VISIBILITY_TIMEOUT_MS).toBe(full.WRITE_VISIBILITY_TIMEOUT_MS);
  });

  it.each(['0', '-1', '0.2', '2', '', 'fast', 'NaN'])('rejects %j and says what to give', async (scale) => {
    await expect(timingAt(scale)).rejects.toThrow(/SHOAL_TIME_SCALE=.* from 0.25 to 1: .*unset it/);
  });
});
