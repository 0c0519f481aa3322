/** Fields that a person at a terminal knows or does not look for. */
const LEFT_OUT = new Set([
  'level',
  'time',
  'msg',
  'context',
  'service.name',
  'service.instance.id',
  'exception.type',
  'exception.message',
  'exception.stacktrace',
]);

/** A line of {@link JsonLogger} for a person's eyes: `17:31:46.857 WARN  [nats] disconnected server=…`, a stack below it. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const text = (key: string) => (line[key] ?? '') as string;
  const rest = Object.entries(line).filter(([key]) => !LEFT_OUT.has(key));
  const words = [
    text('time').slice(11, 23),
    text('level').toUpperCase().padEnd(5),
    line['context'] ? `[${text('context')}]` : '',
    text('msg'),
    ...rest.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`),
  ];
  const stack = text('exception.stacktrace');
  return `${words.filter(Boolean).join(' ')}\n${stack && `${stack.replace(/^/gm, '    ')}\n`}`;
}
