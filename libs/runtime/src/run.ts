import 'reflect-metadata';
import { flushCompileCache } from 'node:module';
import { constants } from 'node:os';
import { Logger, type Type } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  checkLogLevel,
  endTelemetry,
  JsonLogger,
  startTelemetry,
  terminalDestination,
} from '@shoal/telemetry';
import { identityOf } from './identity.js';
import { LiveSettings } from './live-settings.js';
import type { SettingsService } from './settings.js';

export interface RunOptions {
  /** Kind of the process, for example `shard`. */
  service: string;
  /** Whether clients call this process: the sampled flags of their traces are rate-limited. */
  isEdge?: boolean;
  /** Another HTTP adapter than the plain one that serves health and metrics. */
  adapter?: () => FastifyAdapter;
  /** Server for requests over NATS. */
  transport?: (app: NestFastifyApplication) => CustomTransportStrategy;
  /** Last preparations before the process listens. */
  prepare?: (app: NestFastifyApplication) => void | Promise<void>;
}

/** Nest's own steps at a start, and its word on what fails there, which {@link run} has too. */
const NEST_STEPS = ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'ExceptionHandler'];

/**
 * Starts one Shoal process and ends it in order: on SIGTERM (and Ctrl-C when started by hand) Nest's shutdown hooks
 * run, then the process exits. Under a supervisor (a parent with an IPC channel) it reports `{type: 'listening', url}`
 * and ends itself when the supervisor is gone.
 */
export async function run(module: Type, options: RunOptions): Promise<void> {
  const identity = identityOf(options.service);
  const destination = await terminalDestination();
  const logger = new JsonLogger(identity, { asDebug: NEST_STEPS, ...(destination && { destination }) });
  const crash = async (error: unknown) => {
    logger.fatal(error, 'run');
    await endTelemetry();
    process.exit(1);
  };
  // Node would print lines that are not JSON. Unhandled rejections arrive here, too.
  process.on('uncaughtException', (error) => void crash(error));
  process.on('SIGTERM', endEarly);
  try {
    checkLogLevel();
    await startTelemetry({ ...identity, isEdge: options.isEdge ?? false });
    await start(module, logger, options);
  } catch (error) {
    await crash(error);
  }
}

/** The first process of a container ignores what it does not handle, and Nest's hooks are there only when NATS is. */
const endEarly = (): never => process.exit(128 + constants.signals.SIGTERM);

async function start(
  module: Type,
  logger: JsonLogger,
  { adapter, transport, prepare }: RunOptions,
): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter?.() ?? new FastifyAdapter(), {
    logger,
    abortOnError: false,
    // Nest would add a parser for forms, which nothing here takes.
    bodyParser: false,
  });
  process.off('SIGTERM', endEarly);
  const supervised = process.send !== undefined;
  // A terminal sends Ctrl-C to every process at once; under a supervisor the order of ending is the supervisor's.
  app.enableShutdownHooks(supervised ? ['SIGTERM'] : ['SIGTERM', 'SIGINT']);
  if (supervised) {
    process.on('SIGINT', () => {});
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  }
  const settings = app.get<SettingsService>(ConfigService);
  app.get(LiveSettings).onChange(({ LOG_LEVEL }) => logger.setLevel(LOG_LEVEL));
  if (transport) app.connectMicroservice({ strategy: transport(app) });
  await prepare?.(app);
  // Nest would let the transport listen before the lifecycle hooks have run: a question might find nothing prepared.
  await app.init();
  await app.startAllMicroservices();
  await app.listen({
    port: settings.get('SHOAL_HTTP_PORT', { infer: true }),
    host: settings.get('SHOAL_HTTP_HOST', { infer: true }),
    // Under node's cluster a port is shared otherwise, also a free one of the process's own.
    exclusive: true,
  });
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  new Logger('run').log(`listening on ${url}`);
  // Others of its kind that start from now on need not compile what this one has (node's compile cache, when it is on).
  flushCompileCache();
  process.send?.({ type: 'listening', url });
}
