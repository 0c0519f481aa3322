// What one slow replica does to the slowest searches, and what hedging costs when all are slow: `npm run bench:stragglers`
// at the root of the repository. --data and --corpus are those of `npm start`, --rate is searches a second.
import { parseArgs } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { type Bench, runBench } from './bench.ts';
import type { Tally } from './tally.ts';
import { describe, quantile, trustworthy } from './report.ts';
import { Slowness } from './slowness.ts';

/** A second in which something else happens on the machine is then not yet two searches in a hundred. */
const PHASE_SECONDS = 60;
const WANTED_RATIO = 1.5;
const WANTED_SHARE = 0.05;
const STRAGGLER = 'shard-0';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    corpus: { type: 'string', default: 'wordnet' },
    rate: { type: 'string', default: '100' },
  },
});

interface Phase {
  tally: Tally;
  p99: number;
  /** Hedges, as a share of all other messages from roots to replicas. */
  hedged: number;
}

async function sumOverRoots(
  { processes }: Cluster,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const roots = processes.filter(({ role }) => role === 'root');
  const counts = await Promise.all(roots.map((root) => valueOf(root, name, labels)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function sent(cluster: Cluster): Promise<{ hedges: number; messages: number }> {
  return {
    hedges: await sumOverRoots(cluster, 'shoal_root_hedges_total', { granted: 'true' }),
    messages: await sumOverRoots(cluster, 'shoal_root_messages_total'),
  };
}

async function phase({ cluster, offer }: Bench, what: string, slowness?: Slowness): Promise<Phase> {
  const before = await sent(cluster);
  slowness?.begin();
  try {
    const tally = await offer(Number(values.rate), PHASE_SECONDS);
    const after = await sent(cluster);
    const hedges = after.hedges - before.hedges;
    const hedged = hedges / (after.messages - before.messages - hedges);
    console.log(`${what.padEnd(22)} ${describe(tally)}; hedged ${(100 * hedged).toFixed(1)} %`);
    return { tally, p99: quantile(tally.good, 0.99), hedged };
  } finally {
    await slowness?.end();
  }
}

async function measure(bench: Bench): Promise<void> {
  const { cluster } = bench;
  const shards = cluster.processes.filter(({ role }) => role === 'shard').map(({ name }) => name);
  await phase(bench, 'warm-up');
  const before = await phase(bench, 'all well');
  const slow = await phase(bench, 'one replica 10× slower', new Slowness(cluster, [STRAGGLER], 9, 1));
  const paused = await phase(bench, 'one replica paused', new Slowness(cluster, [STRAGGLER], Infinity, 0));
  const after = await phase(bench, 'all well');
  const everywhere = await phase(bench, 'all replicas slow', new Slowness(cluster, shards, 5, 5));

  const well = (before.p99 + after.p99) / 2;
  const [slower, worse] = [slow.p99 / well, paused.p99 / well];
  console.log(`
p99 with one replica 10× slower  ${slower.toFixed(2)} times that of a good day (at most ${WANTED_RATIO})
p99 with one replica paused      ${worse.toFixed(2)} times that of a good day (at most ${WANTED_RATIO})
hedges when all are slow         ${(100 * everywhere.hedged).toFixed(1)} % more messages (at most ${100 * WANTED_SHARE})`);
  const phases = [before, slow, paused, after, everywhere];
  if (!phases.every(({ tally }) => trustworthy(tally)))
    console.log('The generator did not keep its own time: this run says nothing.');
  else if (slower > WANTED_RATIO || worse > WANTED_RATIO || everywhere.hedged > WANTED_SHARE)
    process.exitCode = 1;
}

await runBench(
  {
    shards: 4,
    replicas: 2,
    members: 8,
    frontends: 2,
    roots: 2,
    corpus: values.corpus,
    data: values.data,
  },
  measure,
);
