import type { Cluster } from '../cluster/cluster.ts';
import type { Bench } from './bench.ts';
import { cpuTimes, describeCpu } from './cpu.ts';
import type { Tally } from './tally.ts';
import { describe, goodput } from './report.ts';

const FIRST_RATE = 400;
const GROWTH = 1.3;
const STEP_SECONDS = 3;
const CLIENTS = 16;

/** Offers a rate for a while, and prints what came of it and who took the CPU. */
export function phase(
  { cluster, offer }: Bench,
  what: string,
  rate: number,
  seconds: number,
): Promise<Tally> {
  return watched(cluster, what, () => offer(rate, seconds));
}

/** The same with half as many clients as keep every core busy and are all served: two clusters run at once. */
export function saturate({ cluster, keepAsking }: Bench, what: string, seconds: number): Promise<Tally> {
  return watched(cluster, what, () => keepAsking(CLIENTS, seconds));
}

async function watched({ processes }: Cluster, what: string, load: () => Promise<Tally>): Promise<Tally> {
  const before = cpuTimes(processes);
  const began = performance.now();
  const tally = await load();
  const took = (performance.now() - began) / 1_000;
  console.log(`${what.padEnd(9)} ${describe(tally)}`);
  console.log(`          ${describeCpu(before, cpuTimes(processes), tally.cpu, took)}`);
  return tally;
}

/** Raises the rate until more load brings no more answers. @returns the best goodput met, in answers a second */
export async function findPeak(bench: Bench): Promise<number> {
  let peak = 0;
  for (let rate = FIRST_RATE, worse = 0; worse < 2; rate *= GROWTH) {
    const reached = goodput(await phase(bench, 'ramp', rate, STEP_SECONDS));
    worse = reached > peak * 1.02 ? 0 : worse + 1;
    peak = Math.max(peak, reached);
  }
  return peak;
}
