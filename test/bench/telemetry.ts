// What traces cost: `npm run bench:telemetry` at the root of the repository. Two clusters side by side take the load in turns; one sends
// its traces to a sink in a process of its own (or to --endpoint, a real collector). --ratio is OTEL_TRACES_SAMPLER_ARG, 1 for all traces;
// --corpus, --shards and --replicas are those of `npm start`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Bench, runBench } from './bench.ts';
import { clusterSeconds, cpuTimes } from './cpu.ts';
import { findPeak, phase } from './phase.ts';
import { goodput, quantile, trustworthy } from './report.ts';
import type { Tally } from './open-loop.ts';
import type { SinkCount } from './sink.ts';

const ROUNDS = 3;
const SECONDS = 8;
/** Of the peak: one that cannot be served, so that what is served is all that can be; and one at which nothing waits. */
const SATURATING = 1.3;
const CALM = 0.3;
const WANTED_RATIO = 0.9;

const { values } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    ratio: { type: 'string', default: '' },
    shards: { type: 'string', default: '4' },
    replicas: { type: 'string', default: '2' },
    corpus: { type: 'string', default: 'wordnet' },
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

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
const mean = (numbers: number[]) => sum(numbers) / numbers.length;

/** What the rounds of one cluster came to. */
class Sum {
  saturated: Tally[] = [];
  calm: Tally[] = [];
  private cpuSeconds = 0;

  async add({ bench, what, peak }: { bench: Bench; what: string; peak: number }): Promise<void> {
    this.saturated.push(await phase(bench, what, peak * SATURATING, SECONDS));
    const before = cpuTimes(bench.cluster.processes);
    this.calm.push(await phase(bench, what, peak * CALM, SECONDS));
    this.cpuSeconds += clusterSeconds(before, cpuTimes(bench.cluster.processes));
  }

  get throughput(): number {
    return mean(this.saturated.map(goodput));
  }

  get p99(): number {
    return mean(this.calm.map(({ good }) => quantile(good, 0.99)));
  }

  get cpuMsPerSearch(): number {
    return (this.cpuSeconds * 1_000) / sum(this.calm.map(({ good }) => good.length));
  }
}

async function measure(off: Bench, on: Bench, count: () => Promise<SinkCount>): Promise<void> {
  for (const bench of [off, on]) {
    await phase(bench, 'warm-up', 200, 5);
    await phase(bench, 'warm-up', 800, 8);
  }
  // Both, as code that has run for longer is faster.
  await findPeak(on);
  const peak = await findPeak(off);
  const sums = { off: new Sum(), on: new Sum() };
  const before = await count();
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes, or the machine's mood would count for one of them.
    for (const what of round % 2 ? (['on', 'off'] as const) : (['off', 'on'] as const))
      await sums[what].add({ bench: what === 'on' ? on : off, what, peak });
  }
  const after = await count();
  const seconds = 2 * ROUNDS * SECONDS;
  const ratio = sums.on.throughput / sums.off.throughput;
  const more = sums.on.cpuMsPerSearch / sums.off.cpuMsPerSearch;
  console.log(`
throughput              ${sums.off.throughput.toFixed(0)}/s without traces, ${sums.on.throughput.toFixed(0)}/s with: ×${ratio.toFixed(3)} (at least ${WANTED_RATIO})
CPU a search when calm  ${sums.off.cpuMsPerSearch.toFixed(2)} ms without, ${sums.on.cpuMsPerSearch.toFixed(2)} ms with: ×${more.toFixed(3)}
p99 when calm           ${sums.off.p99.toFixed(1)} ms without, ${sums.on.p99.toFixed(1)} ms with
sent                    ${((after.spans - before.spans) / seconds).toFixed(0)} spans/s, ${((after.bytes - before.bytes) / 1024 / seconds).toFixed(0)} KiB/s`);
  if (![...sums.off.saturated, ...sums.on.saturated].every(trustworthy))
    console.log('The generator did not keep its own time: this run says nothing.');
  else if (ratio < WANTED_RATIO) process.exitCode = 1;
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
  await runBench(options, (off) => runBench({ ...options, env }, (on) => measure(off, on, count)));
} finally {
  sink.kill();
}
