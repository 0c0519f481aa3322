import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/** Pause before the second attempt, doubled until it is MAX_RETRY_MS: at a start the other process is often there in a moment. */
const RETRY_MS = 25;
const MAX_RETRY_MS = 250;
const logger = new Logger('start');

/**
 * Opens something that another process makes, again and again until it is there: processes may start in any order.
 * @param what for the log
 */
export async function untilThere<T>(what: string, open: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await open();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // A first try may come too early; what is missing for long is worth a look.
      if (tries === 0) logger.log(`waiting for ${what}: ${reason}`);
      else if (tries % 20 === 0) logger.warn(`still waiting for ${what}: ${reason}`);
      await delay(Math.min(RETRY_MS * 2 ** tries, MAX_RETRY_MS));
    }
  }
}
