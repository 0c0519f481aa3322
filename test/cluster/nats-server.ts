import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { NatsConnection, Status } from '@nats-io/transport-node';

export interface NatsServer {
  /** Where clients connect; the same after a restart. */
  readonly url: string;
  /** Of the process running now: a restart changes it. */
  readonly pid: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Freezes it with SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Kills it with SIGKILL and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Kills it with SIGKILL and starts it again on the same port, with nothing of what it held. */
  loseData(): Promise<void>;
}

/**
 * Starts a nats-server with JetStream on a free port, its data in a new folder under the system's temporary one.
 * The binary is, in this order: the one that NATS_SERVER names, on the PATH, in Shoal's cache.
 * @param options.args more arguments for the server
 * @param options.jetstream false leaves JetStream's subjects to the spec
 * @throws Error when there is no binary, or when it does not listen within 10 s
 */
export async function startNats({
  args = [],
  jetstream = true,
}: { args?: string[]; jetstream?: boolean } = {}): Promise<NatsServer> {
  const binary = findNatsServer();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'shoal-nats-'));
  const storage = jetstream ? ['--jetstream', '--store_dir', folder] : [];
  const command = ['--addr', '127.0.0.1', '--port', `${port}`, ...storage, ...args];

  const start = async (): Promise<ChildProcess> => {
    const started = spawn(binary, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    started.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
    await listening(port, started, () => log);
    return started;
  };
  let server = await start();
  // A spec that dies must not leave a server behind.
  const killAtExit = () => void server.kill('SIGKILL');
  process.once('exit', killAtExit);

  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return server.pid!;
    },
    async stop() {
      process.off('exit', killAtExit);
      await kill(server);
      await rm(folder, { recursive: true, force: true });
    },
    pause() {
      server.kill('SIGSTOP');
      // The signal reaches its threads one after the other; until then it would still answer.
      while (!standsStill(server.pid!));
    },
    resume: () => void server.kill('SIGCONT'),
    async restart() {
      await kill(server);
      server = await start();
    },
    async loseData() {
      await kill(server);
      await rm(folder, { recursive: true });
      server = await start();
    },
  };
}

/** Resolves when the status of a connection becomes this, as `disconnect`, after the call. */
export async function nextStatus(connection: NatsConnection, awaited: Status['type']): Promise<void> {
  for await (const { type } of connection.status()) if (type === awaited) return;
}

/** @throws Error when there is none */
export function findNatsServer(): string {
  const named = process.env.NATS_SERVER;
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(homedir(), '.cache/shoal/bin')];
  const candidates = named ? [named] : folders.map((folder) => join(folder, 'nats-server'));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(
    named
      ? `NATS_SERVER=${named} is not an executable file: let it name a nats-server binary, or unset it`
      : 'nats-server was not found on the PATH nor in ~/.cache/shoal/bin: run `npm start` once, which fetches it, or set NATS_SERVER',
  );
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Resolves once the port accepts a connection that greets as NATS does. */
async function listening(port: number, server: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await greets(port))) {
    if (server.exitCode !== null) throw new Error(`nats-server ended at once:\n${log()}`);
    if (Date.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`nats-server did not listen on port ${port} within 10 s:\n${log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (greeting) => {
      socket.destroy();
      resolve(greeting.toString().startsWith('INFO'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Whether no thread of a process runs; taken for granted where there is no /proc. */
function standsStill(pid: number): boolean {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return true;
  return readdirSync(threads).every((id) => /\) [TtZ] /.test(readFileSync(`${threads}/${id}/stat`, 'utf8')));
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await ended;
}
