import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient, type Reply } from './http-client.ts';

/** Pause of a client after a 503, in ms. */
const REJECTED_MS = 100;

export interface Timed extends Reply {
  ms: number;
}

/**
 * Searches with many clients for a while, each on its own connection.
 * @param path of the n-th request
 * @returns every reply, with the time it took
 * @throws Error when a connection breaks
 */
export async function flood(
  url: string,
  { clients, forMs }: { clients: number; forMs: number },
  path: (at: number) => string,
): Promise<Timed[]> {
  const replies: Timed[] = [];
  const end = performance.now() + forMs;
  let asked = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new HttpClient(url);
      while (performance.now() < end) {
        const sent = performance.now();
        const reply = await new Promise<Reply | null>((resolve) => client.get(path(asked++), resolve));
        if (reply === null) throw new Error('a connection broke');
        replies.push({ ...reply, ms: performance.now() - sent });
        if (reply.status === 503) await delay(REJECTED_MS);
      }
      client.close();
    }),
  );
  return replies;
}
