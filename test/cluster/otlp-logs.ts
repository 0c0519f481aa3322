import type { OtlpSink } from './otlp-sink.ts';

type Value = { stringValue?: string; intValue?: number; boolValue?: boolean };
type Attributes = { key: string; value: Value }[];

interface LogsBody {
  resourceLogs: {
    resource: { attributes: Attributes };
    scopeLogs: { scope: { name: string }; logRecords: LogRecord[] }[];
  }[];
}

interface LogRecord {
  timeUnixNano: string;
  severityNumber: number;
  severityText: string;
  body?: Value;
  traceId?: string;
  spanId?: string;
  attributes?: Attributes;
}

/** All log records that a sink has, each with its resource and scope, values and names unwrapped. */
export function logRecordsOf(sink: OtlpSink) {
  return (sink.received('/v1/logs') as LogsBody[]).flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) =>
        logRecords.map((record) => ({
          ...record,
          body: record.body?.stringValue,
          attributes: plain(record.attributes),
          resource: plain(resource.attributes),
          scope: scope.name,
        })),
      ),
    ),
  );
}

const plain = (attributes: Attributes = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
