// How much memory and CPU how many documents take: `npm run bench:sizing` at the root of the repository. Clusters with parts of WordNet,
// up to --documents, one after the other, each searched at a low --rate. docs/operations.md#sizing says how to reckon with what it prints. Needs /proc.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readWordnet, WORDNET_SIZE } from '../../deploy/local/src/corpus/wordnet.ts';
import { type Bench, runBench } from './bench.ts';
import { cpuTimes } from './cpu.ts';
import { filesMb, residentMb } from './memory.ts';
import { describe } from './report.ts';

const WARM_UP_SECONDS = 8;
const IDLE_SECONDS = 8;
const ASKED_SECONDS = 20;
const SERVED_SHARE = 0.98;
const ROLES = ['frontend', 'root', 'shard', 'indexer', 'nats'];

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '20' }, documents: { type: 'string', default: '60000' } },
});
const RATE = Number(values.rate);
const MOST = Math.min(Number(values.documents), WORDNET_SIZE);
/** Three sizes, and the largest with copies. */
const RUNS = [
  { documents: Math.round(MOST / 6), shards: 2, replicas: 1 },
  { documents: Math.round(MOST / 2), shards: 2, replicas: 1 },
  { documents: MOST, shards: 2, replicas: 1 },
  { documents: MOST, shards: 2, replicas: 2 },
];
type Layout = (typeof RUNS)[number];

interface Measured extends Layout {
  /** Of the largest process of each role once all is loaded and its garbage collected, and after the searches. */
  loadedMb: Map<string, number>;
  searchedMb: Map<string, number>;
  /** Of NATS. */
  diskMb: number;
  /** All processes of the role together, without what they take when nobody asks. */
  cpuPerSearchMs: Map<string, number>;
  /** Nearly all searches: then a few that were late in a busy moment do not change what one costs. */
  areServed: boolean;
}

/** Every so-manieth document of WordNet, so that each part has its share of all kinds. @returns the file's size in MB */
async function writePart(file: string, documents: number): Promise<number> {
  const lines: string[] = [];
  let at = 0;
  for await (const { line } of readWordnet()) {
    if (Math.floor((++at * documents) / WORDNET_SIZE) > lines.length) lines.push(line);
  }
  writeFileSync(file, lines.join('\n'));
  return statSync(file).size / 1e6;
}

/** Does something, and tells how much of a core each role took meanwhile. */
async function watched<T>({ cluster }: Bench, work: () => Promise<T>): Promise<[T, Map<string, number>]> {
  const before = cpuTimes(cluster.processes);
  const began = performance.now();
  const done = await work();
  const seconds = (performance.now() - began) / 1_000;
  const after = cpuTimes(cluster.processes);
  return [done, new Map(ROLES.map((role) => [role, (after.get(role)! - before.get(role)!) / seconds]))];
}

async function measure(bench: Bench, layout: Layout): Promise<Measured> {
  const { cluster, offer } = bench;
  const loadedMb = residentMb(cluster.processes);
  await offer(RATE, WARM_UP_SECONDS);
  const [, idle] = await watched(bench, () => delay(IDLE_SECONDS * 1_000));
  const [tally, busy] = await watched(bench, () => offer(RATE, ASKED_SECONDS));
  console.log(`          ${describe(tally)}`);
  const rate = tally.offered / ASKED_SECONDS;
  const msPerSearch = (role: string): number => ((busy.get(role)! - idle.get(role)!) * 1_000) / rate;
  return {
    ...layout,
    loadedMb,
    searchedMb: residentMb(cluster.processes),
    diskMb: filesMb(path.join(cluster.data, 'nats')),
    cpuPerSearchMs: new Map(ROLES.map((role) => [role, msPerSearch(role)])),
    areServed: tally.good.length >= SERVED_SHARE * tally.offered,
  };
}

const perReplica = ({ documents, shards }: Layout): number => documents / shards;
const row = (name: string, cells: (string | number)[]): string =>
  name.padEnd(30) + cells.map((cell) => String(cell).padStart(9)).join('');

function print(runs: readonly Measured[]): void {
  const line = (name: string, cell: (run: Measured) => string | number): void =>
    console.log(row(name, runs.map(cell)));
  console.log();
  line('documents', ({ documents }) => documents);
  line('shards × replicas', ({ shards, replicas }) => `${shards}×${replicas}`);
  line('documents in a replica', (run) => Math.round(perReplica(run)));
  for (const role of ROLES) {
    line(`MB, ${role}, loaded`, ({ loadedMb }) => loadedMb.get(role)!.toFixed(0));
    line(`MB, ${role}, after searches`, ({ searchedMb }) => searchedMb.get(role)!.toFixed(0));
  }
  line('MB on disk, nats', ({ diskMb }) => diskMb.toFixed(0));
  for (const role of ROLES)
    line(`CPU ms a search, ${role}`, ({ cpuPerSearchMs }) => cpuPerSearchMs.get(role)!.toFixed(2));
}

const mean = (numbers: number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** The line through points that is nearest to them, by least squares. */
function fit(points: readonly [x: number, y: number][]): { start: number; slope: number } {
  const [x, y] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const slope = mean(points.map((p) => (p[0] - x) * (p[1] - y))) / mean(points.map((p) => (p[0] - x) ** 2));
  return { start: y - slope * x, slope };
}

function printRules(runs: readonly Measured[], bytesPerDocument: number): void {
  const rule = (of: string, x: (run: Measured) => number, y: (run: Measured) => number): void => {
    const { start, slope } = fit(runs.map((run) => [x(run), y(run)]));
    const errors = runs.map((run) => Math.abs(start + slope * x(run) - y(run)));
    console.log(
      `${of}: ${start.toFixed(0)} MB + ${(slope * 10_000).toFixed(1)} MB for every 10,000 documents (at most ${Math.max(...errors).toFixed(0)} MB off)`,
    );
  };
  console.log(`\nA document of WordNet has ${bytesPerDocument.toFixed(0)} bytes as JSON.`);
  rule('a shard, by the documents in it', perReplica, (run) => run.searchedMb.get('shard')!);
  rule(
    'an indexer, by all documents',
    (run) => run.documents,
    (run) => run.searchedMb.get('indexer')!,
  );
  rule(
    'disk of a nats-server, by all documents',
    (run) => run.documents,
    (run) => run.diskMb,
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-sizing-'));
try {
  const runs: Measured[] = [];
  let bytesPerDocument = 0;
  for (const layout of RUNS) {
    const corpus = path.join(folder, 'part.jsonl');
    bytesPerDocument = ((await writePart(corpus, layout.documents)) * 1e6) / layout.documents;
    const { shards, replicas } = layout;
    console.log(`${layout.documents} documents on ${shards} × ${replicas}`);
    const options = {
      shards,
      replicas,
      members: shards * replicas,
      frontends: 1,
      roots: 1,
      indexers: 1,
      corpus,
    };
    await runBench(options, async (bench) => void runs.push(await measure(bench, layout)));
  }
  print(runs);
  printRules(runs, bytesPerDocument);
  if (!runs.every(({ areServed }) => areServed)) {
    console.log('Not all searches were answered as they should: this run says nothing of CPU.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
