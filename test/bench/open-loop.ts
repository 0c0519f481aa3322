import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../cluster/http-client.ts';
import { type Asked, countReply, newTally, type Tally } from './tally.ts';

/** How long arrivals are looked at together, in ms: a timer for each would cost more than the request. */
const TICK_MS = 2;
/** Whoever finds no connection free is counted as broken: no real client waits for those of others. */
const MOST_CONNECTIONS = 5_000;

/** A connection idle for longer may be closed by the server (after 5 s) just as a request is sent on it. */
const KEPT_ALIVE_MS = 4_000;

/**
 * Requests that arrive at their own times (a Poisson process), whether or not earlier ones have been answered, as those of
 * many independent users do. A loop that waits for answers would slow down with the cluster and never overload it.
 */
export class OpenLoop {
  private readonly idle: HttpClient[] = [];
  private connections = 0;
  private readonly asked: Asked;

  constructor(asked: Asked) {
    this.asked = asked;
  }

  /** Offers `rate` requests a second and waits until all are answered. */
  async run(rate: number, seconds: number): Promise<Tally> {
    const tally = newTally(seconds);
    const before = process.cpuUsage();
    const began = performance.now();
    const end = began + seconds * 1_000;
    const underWay = { count: 0 };
    for (let due = began; due < end;) {
      await delay(TICK_MS);
      const now = performance.now();
      for (; due < Math.min(now, end); due += (-Math.log(1 - Math.random()) * 1_000) / rate)
        this.send(due, tally, underWay);
    }
    const { user, system } = process.cpuUsage(before);
    tally.cpu = (user + system) / 1e6;
    while (underWay.count > 0) await delay(TICK_MS);
    tally.drainMs = performance.now() - end;
    return tally;
  }

  private send(due: number, tally: Tally, underWay: { count: number }): void {
    tally.offered++;
    tally.sentLate.push(performance.now() - due);
    const client = this.idle.pop() ?? this.connect();
    if (client && performance.now() - client.usedAt > KEPT_ALIVE_MS) client.close();
    if (!client) return void tally.failed.push(0);
    underWay.count++;
    client.get(this.asked.nextPath(), (reply) => {
      underWay.count--;
      client.usedAt = performance.now();
      this.idle.push(client);
      countReply(tally, reply, performance.now() - due, this.asked.deadlineMs);
    });
  }

  private connect(): HttpClient | null {
    if (this.connections >= MOST_CONNECTIONS) return null;
    this.connections++;
    return new HttpClient(this.asked.url);
  }
}
