import { hostname } from 'node:os';
import type { Identity } from '@shoal/telemetry';

/** This process's own name from the environment; without one that of its machine, which a container has to itself. */
export const ownName = (): string => process.env['SHOAL_NAME'] ?? hostname();

/** Returns the identity of this process in logs and metrics: its kind and its own name. */
export function identityOf(service: string): Identity {
  return { service, instance: ownName() };
}
