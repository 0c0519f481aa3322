import path from 'node:path';
import { fillCluster, startCluster } from './cluster.js';
import { chooseCorpus } from './corpus/corpus.js';
import { DataFolder } from './data-folder.js';
import { checkMayLoad, edgeUrl, isReadOnly, takeApiKeys } from './edge.js';
import { endLeftovers } from './leftovers.js';
import { isLoaded } from './load.js';
import { observe, telemetryEnv } from './observe/observe.js';
import { type Options, parseOptions, USAGE, UsageError } from './options.js';
import { claimPort } from './ports.js';
import { Progress } from './progress.js';
import { Supervisor } from './supervisor.js';
import { thingsToTry } from './things-to-try.js';
import { StartupError } from './startup-error.js';

const machine = {
  repository: path.resolve(import.meta.dirname, '../../..'),
  natsServer: process.env.NATS_SERVER ?? 'nats-server',
  apiKeys: takeApiKeys(),
};

/** Starts the cluster, reports when it is ready, and stops it on a signal. @returns the exit code */
async function run(options: Options): Promise<number> {
  const progress = new Progress(Number(process.env.SHOAL_STARTED_AT ?? Date.now()));
  const told = Promise.withResolvers<StartupError | undefined>();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => told.resolve(undefined));
  // The parent in bootstrap.mjs holds the other end of the channel, and may be killed.
  process.on('disconnect', () => told.resolve(undefined));

  const corpus = chooseCorpus(options.corpus);
  const port = await claimPort(options.host, options.port);
  const url = edgeUrl({ ...options, port });
  const folder = DataFolder.open(options.data, options);
  try {
    if (corpus && !isLoaded(folder, corpus)) checkMayLoad(corpus.name, options, machine.apiKeys);
    if (isReadOnly(options, machine.apiKeys))
      progress.say('without SHOAL_API_KEYS nobody may change anything');
    const ended = await endLeftovers(folder);
    if (ended.length > 0) progress.say(`ended what a killed run left behind: ${ended.join(', ')}`);
    const supervisor = new Supervisor(folder, url, told.resolve);
    const bringUp = async (): Promise<void> => {
      const observed = options.observe
        ? await observe(path.join(machine.repository, 'deploy/observability'), folder, supervisor, progress)
        : {};
      const around = { ...machine, telemetry: telemetryEnv(observed) };
      await startCluster({ ...options, port }, around, folder, supervisor, progress);
      const edge = { url, apiKeys: machine.apiKeys };
      const documents = await fillCluster(options, edge, folder, progress, stopping.signal);
      // A load or a replay leaves garbage; a start without documents leaves little, and need not wait for its collection.
      if (documents > 0) await supervisor.collectGarbage();
      const shards = supervisor.withRole('shard');
      console.log(`ready ${url}\n${thingsToTry(url, shards, options.replicas, observed)}`);
    };
    bringUp().catch((error: unknown) => told.resolve(asTrouble(error)));
    const trouble = await told.promise;
    progress.say(trouble ? 'ending everything ...' : 'stopping ...');
    stopping.abort();
    await supervisor.stop();
    if (trouble) throw trouble;
    return 0;
  } finally {
    folder.close();
  }
}

/** Prints internal errors with their stack, for the developer. */
function asTrouble(error: unknown): StartupError {
  return error instanceof StartupError
    ? error
    : new StartupError(error instanceof Error ? error.stack : String(error));
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else process.exitCode = await run(options);
} catch (error) {
  console.error(`shoal: ${asTrouble(error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// The progress of a start that was stopped halfway may still wait for something.
process.exit();
