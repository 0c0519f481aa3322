import { setTimeout as delay } from 'node:timers/promises';

/** How long what is left may take to leave, in ms: a collector that is gone must not hold up the end. */
const FLUSH_MS = 1_000;

/** Ends an SDK's provider of spans or logs, which sends what it still has; waits for at most a second, and never fails. */
export async function shutDown(provider: { shutdown(): Promise<void> }): Promise<void> {
  const sent = provider.shutdown().catch(() => {});
  await Promise.race([sent, delay(FLUSH_MS, undefined, { ref: false })]);
}
