import type { Bench } from './bench.ts';
import { cpuTimes, describeCpu } from './cpu.ts';
import type { Tally } from './open-loop.ts';
import { describe, goodput } from './report.ts';

const FIRST_RATE = 400;
const GROWTH = 1.3;
const STEP_SECONDS = 3;

/** Offers a rate for a while, and prints what came of it and who took the CPU. */
export async function phase(
  { cluster, offer }: Bench,
  what: string,
  rate: number,
  seconds: number,
): Promise<Tally> {
  const before = cpuTimes(cluster.processes);
  const began = performance.now();
  const tally = await offer(rate, seconds);
  const took = (performance.now() - began) / 1_000;
  console.log(`${what.padEnd(9)} ${describe(tally)}`);
  console.log(`          ${describeCpu(before, cpuTimes(cluster.processes), tally.cpu, took)}`);
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
