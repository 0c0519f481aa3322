import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

const FRONTENDS = ['frontend-0', 'frontend-1'];
const MANY = 40;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ frontends: 2 });
  return () => cluster.stop();
});

/** Sends a request over a new connection. @returns the frontend that answered */
async function answeringFrontend(): Promise<string> {
  const request = http.get(`${cluster.url}/metrics`, { agent: false, timeout: 10_000 });
  request.on('timeout', () => request.destroy(new Error('no frontend answers')));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return /service_instance_id="([^"]+)"/.exec(await text(response))![1]!;
}

const manyAtOnce = () => Promise.all(Array.from({ length: MANY }, answeringFrontend));

function pause(name: string): void {
  const pid = cluster.signal(name, 'SIGSTOP');
  onTestFinished(() => void process.kill(pid, 'SIGCONT'));
}

/** Returns the frontends that answer a good part of many connections. */
const sharingFrontends = () =>
  until('each frontend answers its part', async () => {
    const answered = [...(await manyAtOnce()), ...(await manyAtOnce())];
    const sharing = FRONTENDS.filter((name) => answered.filter((by) => by === name).length > MANY / 4);
    return sharing.length === FRONTENDS.length && sharing;
  });

it('spreads new connections over all frontends', async () => {
  expect(await sharingFrontends()).toEqual(FRONTENDS);
});

it('sends no connection to a paused frontend', async () => {
  pause('frontend-0');
  expect(new Set(await manyAtOnce())).toEqual(new Set(['frontend-1']));
});

it('keeps connections not yet accepted when a frontend is killed', async () => {
  const [victim, other] = FRONTENDS.map((name) => cluster.signal(name, 'SIGSTOP'));
  const answered = manyAtOnce();
  // The kernel accepts connections in order, without the frontends: after the last one all are open.
  const last = net.connect(Number(new URL(cluster.url).port), '127.0.0.1');
  await once(last, 'connect');
  last.destroy();
  process.kill(victim!, 'SIGKILL');
  await until('frontend-0 is gone', () => !cluster.processes.some(({ pid }) => pid === victim));
  process.kill(other!, 'SIGCONT');
  expect((await answered).length).toBe(MANY);
  await until('frontend-0 is back', () => cluster.isReplaced('frontend-0', victim!));
});

it('rejects connections while all frontends are gone, then serves again', async () => {
  const killed = FRONTENDS.map((name) => [name, cluster.signal(name, 'SIGKILL')] as const);
  await until('connections are rejected', () =>
    answeringFrontend().then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    ),
  );
  for (const [name, pid] of killed) await until(`${name} is back`, () => cluster.isReplaced(name, pid));
  expect(await sharingFrontends()).toEqual(FRONTENDS);
});
