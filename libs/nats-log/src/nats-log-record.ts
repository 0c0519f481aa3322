/** One event, with the fields that Shoal's own processes write (docs/telemetry.md). */
export interface NatsLogRecord {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** ISO 8601, UTC. */
  time: string;
  'service.name': 'nats';
  'service.instance.id': string;
  'process.pid'?: number;
  msg: string;
}

const LEVELS = {
  TRC: 'trace',
  DBG: 'debug',
  INF: 'info',
  WRN: 'warn',
  ERR: 'error',
  FTL: 'fatal',
} as const;

/** `[20750] 2026/08/01 17:31:33.254268 [INF] Server is ready` */
const LINE = /^\[(\d+)\] (\d{4})\/(\d\d)\/(\d\d) ([\d:.]+) \[(TRC|DBG|INF|WRN|ERR|FTL)\] (.*)$/su;
/** The banner that nats-server draws at its start. */
const ORNAMENT = /^[^\p{L}\p{N}]*$/u;

/**
 * One line of nats-server's log as a record. The server has to write UTC (`logtime_utc: true`), since its lines do not say.
 * A line of another form is kept whole: it is what the server prints when it cannot start, or crashes, so its level is `error`.
 * @param server its name
 * @param now for lines without a time
 */
export function natsLogRecord(line: string, server: string, now: Date): NatsLogRecord {
  const source = { 'service.name': 'nats', 'service.instance.id': server } as const;
  const [, pid, year, month, day, time, tag, msg] = LINE.exec(line) ?? [];
  if (msg === undefined) return { level: 'error', time: now.toISOString(), ...source, msg: line };
  const level = LEVELS[tag as keyof typeof LEVELS];
  return {
    level: level === 'info' && ORNAMENT.test(msg) ? 'debug' : level,
    time: `${year}-${month}-${day}T${time}Z`,
    ...source,
    'process.pid': Number(pid),
    msg,
  };
}
