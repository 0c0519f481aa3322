// What traces cost: `npm run bench:telemetry` at the root of the repository. Two clusters side by side take the load in turns; one sends
// its traces to a sink in a process of its own (or to --endpoint, a real collector). --ratio is OTEL_TRACES_SAMPLER_ARG, 1 for all traces;
// --corpus, --shards and --replicas are those of `npm start`. --same gives both none: what is then measured is the noise.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Bench, runBench } from './bench.ts';
import { clusterSeconds, cpuTimes } from './cpu.ts';
import { phase, saturate } from './phase.ts';
import { goodput, quantile, trustworthy } from './report.ts';
import type { SinkCount } from './sink.ts';
import type { Tally } from './tally.ts';

/** Short and many: whatever disturbs the machine for a while then disturbs few of them, and the median does not see it. */
const ROUNDS = 10;
const SECONDS = 4;
/** Before each turn: who was idle may sample a burst of traces at once, which no cluster under load can. */
const LEAD_IN_SECONDS = 2;
/** Of what is served when all is busy: a rate at which nothing waits. */
const CALM = 0.3;
const WANTED_RATIO = 0.9;

const { values } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    ratio: { type: 'string', default: '' },
    shards: { type: 'string', default: '4' },
    replicas: { type: 'string', default: '2' },
    corpus: { type: 'string', default: 'wordnet' },
    same: { type: 'boolean', default: false },
  },
});
const [shards, replicas] = [Number(values.shards), Number(values.replicas)];
const options = {
  shards,
  replicas,
  members: shards * replicas,
  frontends: 2,
  roots: 2,
  corpus: values.corpus,
};

/** One turn of a cluster under a load. */
interface Turn {
  tally: Tally;
  /** That the cluster took, in ms. */
  cpuPerSearch: number;
}

async function turn({ cluster }: Bench, load: (seconds: number) => Promise<Tally>): Promise<Turn> {
  await load(LEAD_IN_SECONDS);
  const before = cpuTimes(cluster.processes);
  const tally = await load(SECONDS);
  const seconds = clusterSeconds(before, cpuTimes(cluster.processes));
  return { tally, cpuPerSearch: (seconds * 1_000) / tally.good.length };
}

interface Pair {
  off: Turn;
  on: Turn;
}

/** Turns of both under the same load, one after the other. Who goes first changes, or the machine's mood would count for one of them. */
async function inTurns(
  benches: { off: Bench; on: Bench },
  load: (bench: Bench, what: string, seconds: number) => Promise<Tally>,
) {
  const pairs: Pair[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const pair: Partial<Pair> = {};
    for (const what of round % 2 ? (['on', 'off'] as const) : (['off', 'on'] as const))
      pair[what] = await turn(benches[what], (seconds) => load(benches[what], what, seconds));
    pairs.push(pair as Pair);
  }
  return pairs;
}

const middle = (numbers: number[]) => quantile(numbers, 0.5);

/** The median of a figure without and with traces, and of its ratio in each round, with the quartiles of this. */
function compare(pairs: Pair[], what: string, unit: string, figure: (turn: Turn) => number) {
  const ratios = pairs.map(({ off, on }) => figure(on) / figure(off));
  const [low, ratio, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q)) as [number, number, number];
  const [off, on] = [pairs.map((pair) => figure(pair.off)), pairs.map((pair) => figure(pair.on))].map(middle);
  console.log(
    `${what.padEnd(24)} ${off!.toFixed(2)} ${unit} without traces, ${on!.toFixed(2)} with: ×${ratio.toFixed(3)} (half of the rounds ×${low.toFixed(3)} to ×${high.toFixed(3)})`,
  );
  return ratio;
}

async function measure(off: Bench, on: Bench, count: () => Promise<SinkCount>): Promise<void> {
  // Code that has run for longer is faster, so both run for as long.
  for (const bench of [off, on, off, on]) await saturate(bench, 'warm-up', 8);
  const before = await count();
  const busy = await inTurns({ off, on }, (bench, what, seconds) => saturate(bench, what, seconds));
  const rate = CALM * middle(busy.map(({ off }) => goodput(off.tally)));
  const calm = await inTurns({ off, on }, (bench, what, seconds) =>
    phase(bench, `${what} calm`, rate, seconds),
  );
  const after = await count();
  const seconds = 2 * ROUNDS * (LEAD_IN_SECONDS + SECONDS);

  console.log();
  const ratio = compare(busy, 'throughput', '/s', ({ tally }) => goodput(tally));
  compare(busy, 'CPU a search when busy', 'ms', ({ cpuPerSearch }) => cpuPerSearch);
  compare(calm, 'CPU a search when calm', 'ms', ({ cpuPerSearch }) => cpuPerSearch);
  compare(calm, 'p99 when calm', 'ms', ({ tally }) => quantile(tally.good, 0.99));
  const perSecond = (what: keyof SinkCount) => (after[what] - before[what]) / seconds;
  console.log(
    `sent                     ${perSecond('spans').toFixed(0)} spans/s, ${(perSecond('bytes') / 1024).toFixed(0)} KiB/s`,
  );
  const turns = [...busy, ...calm].flatMap(({ off, on }) => [off.tally, on.tally]);
  if (!turns.every(trustworthy))
    console.log('The generator did not keep its own time: this run says nothing.');
  else if (ratio < WANTED_RATIO) {
    console.log(`Traces cost more than they may: throughput with them is to be at least ×${WANTED_RATIO}.`);
    process.exitCode = 1;
  }
}

const sink = fork(new URL('sink.ts', import.meta.url));
try {
  const [{ url }] = (await once(sink, 'message')) as [{ url: string }];
  const count = async () => {
    sink.send('count');
    const [counted] = (await once(sink, 'message')) as [SinkCount];
    return counted;
  };
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: values.endpoint ?? `${url}/v1/traces`,
    OTEL_TRACES_SAMPLER_ARG: values.ratio,
  };
  await runBench(options, (off) =>
    runBench({ ...options, ...(!values.same && { env }) }, (on) => measure(off, on, count)),
  );
} finally {
  sink.kill();
}
