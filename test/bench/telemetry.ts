// What telemetry costs: `npm run bench:telemetry` at the root of the repository. Two clusters take the same load in the same seconds; one sends
// its traces and logs to a sink in a process of its own (or to --endpoint, a real collector). Each serves half of what the machine could, and sends as
// many traces a second as if it were alone: the share lost is an upper bound. Metrics are kept by both. --ratio is OTEL_TRACES_SAMPLER_ARG, 1 for all traces;
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
const ROUNDS = 12;
const SECONDS = 4;
/** Before the first round: who was idle may sample a burst of traces at once, which no cluster under load can. */
const LEAD_IN_SECONDS = 3;
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

/** What came of a round for one cluster. */
interface Turn {
  tally: Tally;
  /** What the cluster took, in seconds. */
  cpu: number;
}

type Load = (bench: Bench, what: string, seconds: number) => Promise<Tally>;

async function turn(bench: Bench, what: string, load: Load): Promise<Turn> {
  const { processes } = bench.cluster;
  const before = cpuTimes(processes);
  const tally = await load(bench, what, SECONDS);
  return { tally, cpu: clusterSeconds(before, cpuTimes(processes)) };
}

interface Round {
  off: Turn;
  on: Turn;
}

/** Both under the same load at once: a machine whose speed changes from second to second is as fast for one as for the other. */
async function sideBySide({ off, on }: { off: Bench; on: Bench }, load: Load): Promise<Round[]> {
  await Promise.all([load(off, 'lead-in', LEAD_IN_SECONDS), load(on, 'lead-in', LEAD_IN_SECONDS)]);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [offTurn, onTurn] = await Promise.all([turn(off, 'off', load), turn(on, 'on', load)]);
    rounds.push({ off: offTurn, on: onTurn });
  }
  return rounds;
}

const perCpu = ({ tally, cpu }: Turn) => tally.good.length / cpu;

const middle = (numbers: number[]) => quantile(numbers, 0.5);

/** The median of a figure without and with telemetry, and of its ratio in each round, with the quartiles of this. */
function compare(rounds: Round[], what: string, unit: string, figure: (turn: Turn) => number) {
  const ratios = rounds.map(({ off, on }) => figure(on) / figure(off));
  const [low, ratio, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q)) as [number, number, number];
  const [off, on] = [rounds.map((round) => figure(round.off)), rounds.map((round) => figure(round.on))].map(
    middle,
  );
  console.log(
    `${what.padEnd(24)} ${off!.toFixed(2)} ${unit} without telemetry, ${on!.toFixed(2)} with: ×${ratio.toFixed(3)} (half of the rounds ×${low.toFixed(3)} to ×${high.toFixed(3)})`,
  );
  return ratio;
}

async function measure(off: Bench, on: Bench, count: () => Promise<SinkCount>): Promise<void> {
  // Code that has run for longer is faster, so both run for as long.
  for (const bench of [off, on, off, on]) await saturate(bench, 'warm-up', 8);
  const before = await count();
  const began = performance.now();
  const busy = await sideBySide({ off, on }, saturate);
  const rate = CALM * middle(busy.map(({ off }) => goodput(off.tally)));
  const calm = await sideBySide({ off, on }, (bench, what, seconds) => phase(bench, what, rate, seconds));
  const after = await count();
  const seconds = (performance.now() - began) / 1_000;

  console.log();
  const ratio = compare(busy, 'searches per CPU, busy', 'a CPU second', perCpu);
  compare(calm, 'searches per CPU, calm', 'a CPU second', perCpu);
  compare(busy, 'throughput, busy', '/s', ({ tally }) => goodput(tally));
  const perSecond = (what: keyof SinkCount) => (after[what] - before[what]) / seconds;
  console.log(
    `sent                     ${perSecond('spans').toFixed(0)} spans/s, ${(perSecond('bytes') / 1024).toFixed(0)} KiB/s`,
  );
  const verdict = judge(ratio, busy);
  if (!verdict) return;
  console.log(verdict);
  process.exitCode = 1;
}

/** What is wrong with the outcome, or with the run. */
function judge(ratio: number, busy: Round[]): string | undefined {
  if (!busy.flatMap(({ off, on }) => [off.tally, on.tally]).every(trustworthy))
    return 'The generator did not keep its own time: this run says nothing.';
  if (ratio < WANTED_RATIO)
    return `Telemetry costs more than it may: of the searches per CPU ×${WANTED_RATIO} are to be left.`;
  return undefined;
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
    OTEL_EXPORTER_OTLP_ENDPOINT: values.endpoint ?? url,
    OTEL_TRACES_SAMPLER_ARG: values.ratio,
  };
  await runBench(options, (off) =>
    runBench({ ...options, ...(!values.same && { env }) }, (on) => measure(off, on, count)),
  );
} finally {
  sink.kill();
}
