// The load, in a process of its own: started by bench.ts, told over IPC what to offer.
import { constants, setPriority } from 'node:os';
import { OpenLoop } from './open-loop.ts';
import { searches } from './words.ts';

/** timeoutMs of a search that names none. */
const DEADLINE_MS = 1_000;

try {
  // Clients elsewhere would not wait for this machine's CPU. Where it is not allowed, the report says how late it was.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // Only root may.
}
const load = new OpenLoop(process.argv[2]!, await searches(), DEADLINE_MS);
process.on('message', ({ rate, seconds }: { rate: number; seconds: number }) => {
  void load.run(rate, seconds).then((tally) => process.send?.(tally));
});
process.send?.('ready');
