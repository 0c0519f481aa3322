import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '@shoal/local/ports';
import { isAlive } from '../../cluster/running-cluster.ts';
import { type NatsServer, startNats } from '../../cluster/nats-server.ts';
import { type Ambassador, startAmbassador, type Stats } from './ambassador.ts';
import { call, type Call, connect } from './caller.ts';

const EVERY_MS = 50;
const PHASE_MS = 2_000;
/** A circuit that has not changed by then does not. */
const LONGEST_MS = 15_000;
const SERVERS = 3;
const CROWD = 64;

/** What the callers saw while something was the case, and what Envoy counted meanwhile. */
export interface Phase {
  name: string;
  calls: Call[];
  /** Since its beginning; `healthy` as it is at its end. */
  counted: Stats;
}

/**
 * Callers ask NATS through its ambassador all the time, while of three servers one is killed, the others hang, and all come back.
 * @param envoy the program
 * @param ended told of each phase once it is over
 */
export async function runCircuit(envoy: string, ended: (phase: Phase) => void): Promise<Phase[]> {
  const monitorPorts = await freePorts(SERVERS);
  const servers = await Promise.all(
    monitorPorts.map((port) => startNats({ args: ['--http_port', String(port)] })),
  );
  const backends = servers.map(({ url }, i) => ({
    port: Number(new URL(url).port),
    monitorPort: monitorPorts[i]!,
  }));
  try {
    const ambassador = await startAmbassador(envoy, backends);
    try {
      return await runPhases(ambassador, servers, ended);
    } finally {
      await ambassador.stop();
    }
  } finally {
    // One that is paused would not hear of its end.
    for (const server of servers) server.resume();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function runPhases(
  ambassador: Ambassador,
  servers: NatsServer[],
  ended: (phase: Phase) => void,
): Promise<Phase[]> {
  const phases: Phase[] = [];
  const phase = async (name: string, work: (counted: () => Promise<Stats>) => Promise<Call[]>) => {
    const before = await ambassador.stats();
    const counted = async () => since(before, await ambassador.stats());
    const done = { name, calls: await work(counted), counted: await counted() };
    phases.push(done);
    ended(done);
  };
  const forAWhile = () => callWhile(ambassador.port, async () => (await sleep(PHASE_MS), false));
  const until = (isOver: (counted: Stats) => boolean) => (counted: () => Promise<Stats>) => {
    const deadline = performance.now() + LONGEST_MS;
    return callWhile(ambassador.port, async () => {
      await sleep(EVERY_MS);
      return !isOver(await counted()) && performance.now() < deadline;
    });
  };

  await phase('all three answer', forAWhile);
  await kill(servers[0]!);
  await phase('one is killed', forAWhile);
  for (const server of servers.slice(1)) server.pause();
  await phase(
    'the others hang',
    until(({ noneHealthy }) => noneHealthy > 0),
  );
  await phase('the circuit is open', forAWhile);
  await servers[0]!.restart();
  for (const server of servers.slice(1)) server.resume();
  await phase(
    'all come back',
    until(({ healthy }) => healthy === SERVERS),
  );
  await phase('the circuit is closed', forAWhile);
  await phase(`${CROWD} at once`, () => callTogether(ambassador.port, CROWD));
  return phases;
}

/** Resolves when nobody listens there any more: one that is still dying may take a call, and then drop it. */
async function kill({ pid }: NatsServer): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(1);
}

/** Calls one after the other, without waiting for answers, as long as the question is answered with yes. */
async function callWhile(port: number, goesOn: () => Promise<boolean>): Promise<Call[]> {
  const calls = [call(port)];
  const calling = setInterval(() => calls.push(call(port)), EVERY_MS);
  try {
    while (await goesOn());
  } finally {
    clearInterval(calling);
  }
  return Promise.all(calls);
}

/** All are connected before any of them hangs up. */
async function callTogether(port: number, count: number): Promise<Call[]> {
  const calls = await Promise.all(Array.from({ length: count }, () => connect(port)));
  for (const { hangUp } of calls) hangUp();
  return calls;
}

function since(before: Stats, now: Stats): Stats {
  const counted = Object.entries(now).map(([name, value]) => [name, value - before[name as keyof Stats]]);
  return { ...(Object.fromEntries(counted) as unknown as Stats), healthy: now.healthy };
}

/** The phase's calls with this outcome. */
export const callsOf = ({ calls }: Phase, outcome: Call['outcome']): Call[] =>
  calls.filter((one) => one.outcome === outcome);
