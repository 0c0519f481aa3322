import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsRole } from '@shoal/contracts';
import type { ManagedProcess } from './child.js';
import { appSpecs, natsAdapterSpecs, natsSpec } from './cluster-plan.js';
import { chooseCorpus } from './corpus/corpus.js';
import type { DataFolder } from './data-folder.js';
import { isLoaded, load, rememberLoaded } from './load.js';
import { isApp, type ProcessSpec } from './launch.js';
import { natsNodes } from './nats-config.js';
import { natsUsers, secret, type NatsUser } from './nats-users.js';
import type { Options } from './options.js';
import { freePorts, HOST } from './ports.js';
import type { Progress } from './progress.js';
import { searchable } from './ready.js';
import type { Supervisor } from './supervisor.js';
import { StartupError } from './startup-error.js';

const POLL_MS = 50;
const START_MS = 90_000;

/** Where things are on this machine. */
export interface Machine {
  repository: string;
  natsServer: string;
  /** SHOAL_API_KEYS. */
  apiKeys: string;
  /** Variables that configure the telemetry of each process; empty without a collector. */
  telemetry: Record<string, string>;
}

/** Starts everything, in order; resolves when all of it listens on `port`. */
export async function startCluster(
  options: Options & { port: number },
  machine: Machine,
  folder: DataFolder,
  supervisor: Supervisor,
  progress: Progress,
): Promise<void> {
  const users = natsUsers();
  const natsUrls = await startNats(options.nats, machine.natsServer, users, folder, supervisor, progress);
  const around = {
    repository: machine.repository,
    natsUrls,
    natsPasswords: Object.fromEntries(users.map(({ name, password }) => [name, password])) as Record<
      NatsRole,
      string
    >,
    edgePort: options.port,
    apiKeys: machine.apiKeys,
    telemetry: machine.telemetry,
  };
  const specs = appSpecs(options, around);
  if (options.observe) specs.push(...natsAdapterSpecs(monitored(supervisor), options, around));
  checkBundled(specs);
  progress.say(
    `starting ${options.frontends} frontends, ${options.roots} roots, ${options.shards} shards × ${options.replicas} ` +
      `replicas (${options.members} processes), ${options.indexers} indexers`,
  );
  // The first of each role leaves its compiled code to the others: they start sooner, and smaller, than all at once.
  const firsts = [...new Map(specs.toReversed().map((spec) => [spec.role, spec])).values()];
  const others = specs.filter((spec) => !firsts.includes(spec));
  await allListening(firsts.map((spec) => supervisor.start(spec)));
  await allListening(others.map((spec) => supervisor.start(spec)));
  progress.say(`all ${specs.length} processes listen`);
}

/** The nats-servers, which all listen by now. */
const monitored = (supervisor: Supervisor) =>
  supervisor.withRole('nats').map(({ spec: { name }, url }) => ({ name, monitorUrl: url! }));

/**
 * Loads the corpus unless it is in already; resolves when all of it can be found on every replica.
 * @returns the number of documents
 */
export async function fillCluster(
  options: Options,
  edge: { url: string; apiKeys: string },
  folder: DataFolder,
  progress: Progress,
  stopped: AbortSignal,
): Promise<number> {
  const corpus = chooseCorpus(options.corpus);
  const replicas = Math.min(options.members, options.shards * options.replicas);
  const before = await searchable(edge.url, { replicas, documents: 0 }, progress);
  if (!corpus || isLoaded(folder, corpus)) {
    progress.say(`${before.documents.toLocaleString('en')} documents`);
    return before.documents;
  }
  progress.say(`loading ${corpus.name}`);
  const startedAt = performance.now();
  const documents = await load(corpus, edge, progress, stopped);
  await searchable(edge.url, { replicas, documents }, progress);
  rememberLoaded(folder, corpus, documents);
  const seconds = (performance.now() - startedAt) / 1000;
  progress.say(
    `${documents.toLocaleString('en')} documents loaded and searchable in ${seconds.toFixed(1)} s, ` +
      `${Math.round(documents / seconds).toLocaleString('en')} per second`,
  );
  return documents;
}

async function startNats(
  count: number,
  binary: string,
  users: NatsUser[],
  folder: DataFolder,
  supervisor: Supervisor,
  progress: Progress,
): Promise<string[]> {
  const nodes = natsNodes(count, await freePorts(3 * count));
  const access = { users, routePassword: secret() };
  const servers = nodes.map((node) => {
    const { config, ...spec } = natsSpec(node, binary, folder.root, access);
    folder.writeSecret(`nats/${node.name}.conf`, config);
    return { node, process: supervisor.start(spec) };
  });
  await until(async () => {
    for (const { node, process } of servers) {
      if (!process.url && (await isHealthy(node.monitorPort)))
        process.listens(`http://${HOST}:${node.monitorPort}`);
    }
    return servers.every(({ process }) => process.url);
  }, `nats-server does not become healthy: see ${servers[0]!.process.log.path}`);
  progress.say(`nats-server listens (${nodes.map(({ clientPort }) => clientPort).join(', ')})`);
  const urls = nodes.map(({ clientPort }) => `${HOST}:${clientPort}`);
  rememberAccess(folder, urls, users);
  return urls;
}

/** `nats/access.json`: for a person with a NATS client, and for tests. */
function rememberAccess(folder: DataFolder, servers: string[], users: NatsUser[]): void {
  const passwords = Object.fromEntries(users.map(({ name, password }) => [name, password]));
  folder.writeSecret('nats/access.json', `${JSON.stringify({ servers, passwords }, null, 2)}\n`);
}

/** @throws StartupError when the code was not built */
function checkBundled(specs: readonly ProcessSpec[]): void {
  const missing = specs.find(({ program }) => isApp(program) && !existsSync(program.script));
  if (missing)
    throw new StartupError(`${missing.name} has not been built: run "npm run build", then start again`);
}

async function allListening(processes: ManagedProcess[]): Promise<void> {
  const waiting = () => processes.filter(({ url }) => !url);
  await until(
    async () => waiting().length === 0,
    () => `${waiting()[0]?.spec.name} does not listen: see ${waiting()[0]?.log.path}`,
  );
}

async function isHealthy(monitorPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://${HOST}:${monitorPort}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean>, otherwise: string | (() => string)): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new StartupError(typeof otherwise === 'string' ? otherwise : otherwise());
    await sleep(POLL_MS);
  }
}
