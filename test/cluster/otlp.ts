import { randomBytes } from 'node:crypto';

export interface MadeSpan {
  traceId: string;
  /** Without it the span is the beginning of its trace. */
  parentSpanId?: string;
  attributes?: Record<string, string | boolean>;
  failed?: boolean;
  ms?: number;
}

export const newTraceId = (): string => randomBytes(16).toString('hex');

/** Sends spans as a service does: OTLP over HTTP, as JSON. @returns the status */
export async function sendSpans(otlpUrl: string, spans: MadeSpan[], service = 'frontend'): Promise<number> {
  const end = Date.now();
  const body = {
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({ 'service.name': service, 'service.instance.id': `${service}-0` }),
        },
        scopeSpans: [
          {
            spans: spans.map(({ traceId, parentSpanId, attributes = {}, failed = false, ms = 1 }) => ({
              traceId,
              parentSpanId,
              spanId: randomBytes(8).toString('hex'),
              name: 'buy',
              kind: 2,
              startTimeUnixNano: `${end - ms}000000`,
              endTimeUnixNano: `${end}000000`,
              attributes: attributesOf(attributes),
              status: { code: failed ? 2 : 0 },
            })),
          },
        ],
      },
    ],
  };
  return post(`${otlpUrl}/v1/traces`, body);
}

/** Sends one line of log. @returns the status */
export function sendLog(otlpUrl: string, traceId: string, text: string): Promise<number> {
  const record = {
    timeUnixNano: `${Date.now()}000000`,
    severityNumber: 9,
    traceId,
    body: { stringValue: text },
  };
  return post(`${otlpUrl}/v1/logs`, {
    resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [record] }] }],
  });
}

async function post(url: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

const attributesOf = (attributes: Record<string, string | boolean>) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { boolValue: value },
  }));
