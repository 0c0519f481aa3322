import { StartupError } from '@shoal/local/startup-error';

const MB = 1e6;

/**
 * Refuses to start what would only be killed later, one after the other, for want of memory.
 * @param totalBytes of the machine, or of the virtual machine that Docker runs in
 * @param neededMb what all containers together take
 * @throws StartupError that says what to do
 */
export function checkMemory(totalBytes: number, neededMb: number): void {
  if (totalBytes >= neededMb * MB) return;
  throw new StartupError(
    `Docker has ${Math.floor(totalBytes / MB)} MB of memory and this needs ${neededMb} MB: give it more, or start less ` +
      '(docker compose -f deploy/compose/core.yaml up)',
  );
}
