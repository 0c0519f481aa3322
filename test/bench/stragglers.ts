// What one slow replica does to the slowest searches, and what hedging costs when all are slow: `npm run bench:stragglers`
// at the root of the repository. --data and --corpus are those of `npm start`, --rate is searches a second.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from '../support/cluster.ts';
import { valueOf } from '../support/metrics.ts';
import type { Tally } from './open-loop.ts';
import { describe, quantile, trustworthy } from './report.ts';
import { Slowness } from './slowness.ts';

const DEADLINE_MS = 1_000;
const PHASE_SECONDS = 15;
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

const cluster = await startCluster({
  shards: 4,
  replicas: 2,
  members: 8,
  frontends: 2,
  roots: 2,
  corpus: values.corpus,
  ...(values.data === undefined ? {} : { data: values.data }),
});
const shards = cluster.processes.filter(({ role }) => role === 'shard').map(({ name }) => name);
const generator = fork(new URL('generator.ts', import.meta.url), [cluster.url, String(DEADLINE_MS)], {
  serialization: 'advanced',
});

interface Phase {
  tally: Tally;
  p99: number;
  /** Hedges, as a share of all other messages from roots to replicas. */
  hedged: number;
}

async function sumOverRoots(name: string, labels: Record<string, string> = {}): Promise<number> {
  const roots = cluster.processes.filter(({ role }) => role === 'root');
  const counts = await Promise.all(roots.map((root) => valueOf(root, name, labels)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function phase(what: string, slowness?: Slowness): Promise<Phase> {
  const messages = await sumOverRoots('shoal_root_messages_total');
  const hedges = await sumOverRoots('shoal_root_hedges_total', { granted: 'true' });
  slowness?.begin();
  try {
    generator.send({ rate: Number(values.rate), seconds: PHASE_SECONDS });
    const [tally] = (await once(generator, 'message')) as [Tally];
    const more = (await sumOverRoots('shoal_root_hedges_total', { granted: 'true' })) - hedges;
    const others = (await sumOverRoots('shoal_root_messages_total')) - messages - more;
    console.log(`${what.padEnd(22)} ${describe(tally)}; hedged ${((100 * more) / others).toFixed(1)} %`);
    return { tally, p99: quantile(tally.good, 0.99), hedged: more / others };
  } finally {
    await slowness?.end();
  }
}

try {
  await once(generator, 'message');
  await phase('warm-up');
  const before = await phase('all well');
  const slow = await phase('one replica 10× slower', new Slowness(cluster, [STRAGGLER], 9, 1));
  const paused = await phase('one replica paused', new Slowness(cluster, [STRAGGLER], Infinity, 0));
  const after = await phase('all well');
  const everywhere = await phase('all replicas slow', new Slowness(cluster, shards, 5, 5));

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
} finally {
  generator.kill();
  await cluster.stop();
}
