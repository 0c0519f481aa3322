import net from 'node:net';
import { HOST } from '@shoal/local/ports';

/** As long as our own clients wait for a server's greeting, in ms (libs/runtime/src/nats.module.ts). */
const PATIENCE_MS = 2_000;

export type Outcome = 'answered' | 'rejected' | 'waited in vain';

export interface Call {
  outcome: Outcome;
  ms: number;
}

/** A connection that is there until it is let go. */
export interface OpenCall extends Call {
  hangUp(): void;
}

/** Connects as a NATS client does, and asks for an answer: PING, PONG. Hangs up when that does not come. */
export function connect(port: number): Promise<OpenCall> {
  const since = performance.now();
  const socket = net.connect(port, HOST);
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(patience);
      if (outcome !== 'answered') socket.destroy();
      resolve({ outcome, ms: performance.now() - since, hangUp: () => socket.destroy() });
    };
    const patience = setTimeout(() => end('waited in vain'), PATIENCE_MS);
    let heard = '';
    socket.on('data', (chunk) => {
      if (heard === '') socket.write('CONNECT {"verbose":false}\r\nPING\r\n');
      heard += chunk.toString();
      if (heard.includes('PONG')) end('answered');
    });
    // It is followed by close.
    socket.on('error', () => undefined);
    socket.on('close', () => end('rejected'));
  });
}

/** One connection, one answer. */
export async function call(port: number): Promise<Call> {
  const { outcome, ms, hangUp } = await connect(port);
  hangUp();
  return { outcome, ms };
}
