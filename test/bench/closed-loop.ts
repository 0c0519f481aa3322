import { HttpClient, type Reply } from '../cluster/http-client.ts';
import { type Asked, countReply, newTally, type Tally } from './tally.ts';

/**
 * Clients each of which asks again as soon as it has its answer. As few as are served without anybody being rejected keep the cluster as busy as it
 * can be, and what is answered is then all that it can do: less noisy than overload, in which rejecting takes part of the CPU. It says
 * nothing about waiting, since clients who wait do not ask (compare open-loop.ts).
 */
export async function closedLoop(
  { url, nextPath, deadlineMs }: Asked,
  clients: number,
  seconds: number,
): Promise<Tally> {
  const tally = newTally(seconds);
  const before = process.cpuUsage();
  const end = performance.now() + seconds * 1_000;
  const ask = async (client: HttpClient): Promise<void> => {
    for (let due = performance.now(); due < end; due = performance.now()) {
      tally.offered++;
      const reply = await new Promise<Reply | null>((resolve) => client.get(nextPath(), resolve));
      countReply(tally, reply, performance.now() - due, deadlineMs);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: clients }, () => ask(new HttpClient(url))));
  const { user, system } = process.cpuUsage(before);
  tally.cpu = (user + system) / 1e6;
  tally.drainMs = performance.now() - end;
  return tally;
}
