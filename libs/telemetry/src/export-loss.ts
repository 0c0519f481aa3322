import { Logger } from '@nestjs/common';
import { setGlobalErrorHandler } from '@opentelemetry/core';

/** A collector that takes longer than this, in ms, has lost the batch. */
export const EXPORT_MS = 5_000;
/** A collector that is away is said once in this time, in ms. */
const QUIET_MS = 60_000;

const logger = new Logger('telemetry');
let saidAt = -Infinity;

/** From now on the log says once a minute that spans or logs are lost, and why. The SDK does not tell which of them. */
export function sayWhatIsLost(): void {
  setGlobalErrorHandler((error) => {
    if (performance.now() - saidAt < QUIET_MS) return;
    saidAt = performance.now();
    const reason = error instanceof Error ? error.message || error.name : JSON.stringify(error);
    logger.warn(`spans or logs are lost, the collector does not take them: ${reason}`);
  });
}
