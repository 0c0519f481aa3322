import { pino, type Level } from 'pino';

/** What one call of Nest's logger says. */
export interface LogEvent {
  level: Level;
  text: string | undefined;
  /** The part of the program that says it: Nest's context, OpenTelemetry's instrumentation scope. */
  context: string | undefined;
  fields: Record<string, unknown>;
}

/**
 * Reads the arguments of a call: Nest puts the context last, and for errors a stack or the Error itself before it. The fields of an
 * object are fields of the event, with its text in `msg`; an error is told by OpenTelemetry's names, its causes in the stack.
 */
export function readLogCall(level: Level, message: unknown, rest: unknown[]): LogEvent {
  const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
  const others = context === undefined ? rest : rest.slice(0, -1);
  const error = [message, ...others].find((part) => part instanceof Error);
  const stack = others.find((part) => typeof part === 'string');
  const exception = error ? exceptionFields(error) : stack ? { 'exception.stacktrace': stack } : {};
  if (message === null || typeof message !== 'object' || message instanceof Error) {
    const text = message instanceof Error ? message.message : String(message);
    return { level, text, context, fields: exception };
  }
  const { msg, ...fields } = message as { msg?: string };
  return { level, text: msg, context, fields: { ...fields, ...exception } };
}

function exceptionFields(error: Error): Record<string, string> {
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack };
}
