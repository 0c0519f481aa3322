import type { NatsConnection, Status } from '@nats-io/transport-node';

/** Resolves when the connection says this of itself, from the call on: `disconnect`, say. */
export async function nextStatus(connection: NatsConnection, awaited: Status['type']): Promise<void> {
  for await (const { type } of connection.status()) if (type === awaited) return;
}
