// What the cluster does at twice the rate that it can serve: `npm run bench:overload` at the root of the repository.
// --shards, --replicas, --frontends, --roots, --corpus and --data are those of `npm start`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from '../support/cluster.ts';
import { cpuTimes, describeCpu } from './cpu.ts';
import type { Tally } from './open-loop.ts';
import { describe, goodput, quantile, trustworthy } from './report.ts';

/** timeoutMs of a search that names none. */
const DEADLINE_MS = 1_000;
const FIRST_RATE = 400;
const GROWTH = 1.3;
const STEP_SECONDS = 3;
/** Beside the overload, so that both meet the machine in the same mood. */
const PEAK_SECONDS = 5;
const OVERLOAD_SECONDS = 15;
/** Of the peak: a load at which nothing waits. */
const REST = 0.2;
const WANTED_RATIO = 0.9;
const WANTED_RECOVERY_MS = 2_000;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    shards: { type: 'string', default: '4' },
    replicas: { type: 'string', default: '2' },
    frontends: { type: 'string', default: '2' },
    roots: { type: 'string', default: '2' },
    corpus: { type: 'string', default: 'wordnet' },
  },
});

const cluster = await startCluster({
  shards: Number(values.shards),
  replicas: Number(values.replicas),
  members: Number(values.shards) * Number(values.replicas),
  frontends: Number(values.frontends),
  roots: Number(values.roots),
  corpus: values.corpus,
  ...(values.data === undefined ? {} : { data: values.data }),
});
const generator = fork(new URL('generator.ts', import.meta.url), [cluster.url, String(DEADLINE_MS)], {
  serialization: 'advanced',
});

async function offer(what: string, rate: number, seconds: number): Promise<Tally> {
  const before = cpuTimes(cluster.processes);
  const began = performance.now();
  generator.send({ rate, seconds });
  const [tally] = (await once(generator, 'message')) as [Tally];
  const took = (performance.now() - began) / 1_000;
  console.log(`${what.padEnd(9)} ${describe(tally)}`);
  console.log(`          ${describeCpu(before, cpuTimes(cluster.processes), tally.cpu, took)}`);
  return tally;
}

/** Raises the rate until more load brings no more answers. @returns the best goodput met, in answers a second */
async function findPeak(): Promise<number> {
  let peak = 0;
  for (let rate = FIRST_RATE, worse = 0; worse < 2; rate *= GROWTH) {
    const reached = goodput(await offer('ramp', rate, STEP_SECONDS));
    worse = reached > peak * 1.02 ? 0 : worse + 1;
    peak = Math.max(peak, reached);
  }
  return peak;
}

/** @returns ms until half a second's median is at most twice the one at rest and nothing is shed; Infinity: not in 10 s */
async function recovery(rate: number, restMs: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const at = performance.now() - began;
    if (at > 10_000) return Infinity;
    const tally = await offer('recovery', rate, 0.5);
    if (tally.shed.length === 0 && quantile(tally.good, 0.5) <= 2 * restMs) return at;
  }
}

try {
  await once(generator, 'message');
  await offer('warm-up', 200, 5);
  await offer('warm-up', 800, 8);
  const peak = await findPeak();
  const rest = await offer('rest', peak * REST, 3);
  const before = await offer('peak', peak, PEAK_SECONDS);
  const overload = await offer('overload', peak * 2, OVERLOAD_SECONDS);
  const recoveredMs = overload.drainMs + (await recovery(peak * REST, quantile(rest.good, 0.5)));
  const after = await offer('peak', peak, PEAK_SECONDS);

  const beside = (goodput(before) + goodput(after)) / 2;
  const ratio = goodput(overload) / beside;
  console.log(`
best goodput of the ramp    ${peak.toFixed(0)}/s
goodput at this rate        ${beside.toFixed(0)}/s (before and after the overload)
goodput at twice this rate  ${goodput(overload).toFixed(0)}/s
ratio                       ${ratio.toFixed(2)} (at least ${WANTED_RATIO})
recovered after             ${recoveredMs.toFixed(0)} ms (at most ${WANTED_RECOVERY_MS})`);
  if (!trustworthy(overload)) console.log('The generator did not keep its own time: this run says nothing.');
  else if (ratio < WANTED_RATIO || recoveredMs > WANTED_RECOVERY_MS) process.exitCode = 1;
} finally {
  generator.kill();
  await cluster.stop();
}
