// The load, in a process of its own: started by bench.ts, told over IPC what to offer.
import { constants, setPriority } from 'node:os';
import { closedLoop } from './closed-loop.ts';
import { OpenLoop } from './open-loop.ts';
import { searches } from './words.ts';

/** Searches a second whatever becomes of them, or clients that wait for their answers. */
export type Load = { rate: number; seconds: number } | { clients: number; seconds: number };

/** timeoutMs of a search that names none. */
const DEADLINE_MS = 1_000;

try {
  // Clients elsewhere would not wait for this machine's CPU. Where it is not allowed, the report says how late it was.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // Only root may.
}
const asked = { url: process.argv[2]!, nextPath: await searches(), deadlineMs: DEADLINE_MS };
const open = new OpenLoop(asked);
process.on('message', (load: Load) => {
  const done =
    'rate' in load ? open.run(load.rate, load.seconds) : closedLoop(asked, load.clients, load.seconds);
  void done.then((tally) => process.send?.(tally));
});
process.send?.('ready');
