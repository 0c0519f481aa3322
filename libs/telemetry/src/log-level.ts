/** What LOG_LEVEL may be. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const isLevel = (text: string): text is LogLevel => (LOG_LEVELS as readonly string[]).includes(text);

/** The level of env `LOG_LEVEL`; `info` without it, and with a wrong one, so that there is a log to complain in. */
export function logLevel(): LogLevel {
  const level = process.env['LOG_LEVEL'];
  return level && isLevel(level) ? level : 'info';
}

/** @throws Error when env `LOG_LEVEL` is set and no level */
export function checkLogLevel(): void {
  const level = process.env['LOG_LEVEL'];
  if (!level || isLevel(level)) return;
  throw new Error(
    `cannot start: LOG_LEVEL is ${JSON.stringify(level)}; it must be one of ${LOG_LEVELS.join(', ')}`,
  );
}
