// What the cluster does at twice the rate that it can serve: `npm run bench:overload` at the root of the repository.
// --shards, --replicas, --frontends, --roots, --corpus and --data are those of `npm start`.
import { parseArgs } from 'node:util';
import { type Bench, runBench } from './bench.ts';
import { findPeak, phase } from './phase.ts';
import { goodput, quantile, trustworthy } from './report.ts';

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

/** @returns ms until half a second's median is at most twice the one at rest and nothing is shed; Infinity: not in 10 s */
async function recovery(bench: Bench, rate: number, restMs: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const at = performance.now() - began;
    if (at > 10_000) return Infinity;
    const tally = await phase(bench, 'recovery', rate, 0.5);
    if (tally.shed.length === 0 && quantile(tally.good, 0.5) <= 2 * restMs) return at;
  }
}

async function measure(bench: Bench): Promise<void> {
  await phase(bench, 'warm-up', 200, 5);
  await phase(bench, 'warm-up', 800, 8);
  const peak = await findPeak(bench);
  const rest = await phase(bench, 'rest', peak * REST, 3);
  const before = await phase(bench, 'peak', peak, PEAK_SECONDS);
  const overload = await phase(bench, 'overload', peak * 2, OVERLOAD_SECONDS);
  const recoveredMs = overload.drainMs + (await recovery(bench, peak * REST, quantile(rest.good, 0.5)));
  const after = await phase(bench, 'peak', peak, PEAK_SECONDS);

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
}

await runBench(
  {
    shards: Number(values.shards),
    replicas: Number(values.replicas),
    members: Number(values.shards) * Number(values.replicas),
    frontends: Number(values.frontends),
    roots: Number(values.roots),
    corpus: values.corpus,
    data: values.data,
  },
  measure,
);
