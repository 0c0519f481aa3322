import { pino } from 'pino';

const LEVELS = [...Object.values(pino.levels.labels), 'silent'];

/** The level of env `LOG_LEVEL`; `info` without it, and with a wrong one, so that there is a log to complain in. */
export function logLevel(): string {
  const level = process.env['LOG_LEVEL'];
  return level && LEVELS.includes(level) ? level : 'info';
}

/** @throws Error when env `LOG_LEVEL` is set and no level */
export function checkLogLevel(): void {
  const level = process.env['LOG_LEVEL'];
  if (!level || LEVELS.includes(level)) return;
  throw new Error(
    `cannot start: LOG_LEVEL is ${JSON.stringify(level)}; it must be one of ${LEVELS.join(', ')}`,
  );
}
