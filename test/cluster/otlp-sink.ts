import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A collector that keeps what it is sent, by OTLP over HTTP with JSON. */
export interface OtlpSink {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** Bodies sent to `/v1/traces`, `/v1/logs`, ..., as they came. */
  received(path: string): unknown[];
  /** From now on it takes connections and requests and answers none. */
  hang(): void;
  /** It answers again, also what it has not answered yet. */
  goOn(): void;
  stop(): Promise<void>;
}

export async function startOtlpSink(): Promise<OtlpSink> {
  const bodies: { path: string; body: unknown }[] = [];
  let hangs = false;
  const waiting: (() => void)[] = [];
  const take = ({ url = '' }: IncomingMessage, response: ServerResponse, text: string): void => {
    bodies.push({ path: url, body: JSON.parse(text) });
    response.setHeader('content-type', 'application/json').end('{}');
  };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (hangs) waiting.push(() => take(request, response, text));
      else take(request, response, text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: (path) => bodies.filter((one) => one.path === path).map(({ body }) => body),
    hang: () => void (hangs = true),
    goOn() {
      hangs = false;
      for (const answer of waiting.splice(0)) answer();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
