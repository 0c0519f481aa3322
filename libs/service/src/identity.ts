import type { Identity } from '@shoal/telemetry';

/** Who this process is in logs and metrics: its kind, and its own name from the environment. */
export function identityOf(service: string): Identity {
  return { service, instance: process.env['SHOAL_NAME'] ?? service };
}
