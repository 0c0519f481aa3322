// The load, in a process of its own: started by overload.ts, told over IPC what to offer.
import { constants, setPriority } from 'node:os';
import { OpenLoop } from './open-loop.ts';
import { searches } from './words.ts';

try {
  // Clients elsewhere would not wait for this machine's CPU. Where it is not allowed, the report says how late it was.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // Only root may.
}
const [url = '', deadlineMs = ''] = process.argv.slice(2);
const load = new OpenLoop(url, await searches(), Number(deadlineMs));
process.on('message', ({ rate, seconds }: { rate: number; seconds: number }) => {
  void load.run(rate, seconds).then((tally) => process.send?.(tally));
});
process.send?.('ready');
