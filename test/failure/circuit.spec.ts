import { beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../deploy/local/src/observe/programs.ts';
import { callsOf, type Phase, runCircuit } from '../experiments/circuit/circuit.ts';

const envoy = findProgram('envoy');

/** Asserts the phases that `npm run experiment:circuit` prints. */
describe.skipIf(!envoy)("NATS' ambassador, deploy/ambassador/envoy.yaml (skipped without envoy)", () => {
  let phases: Phase[];
  const phase = (name: string): Phase => phases.find((one) => one.name === name)!;

  beforeAll(async () => {
    phases = await runCircuit(envoy!, () => {});
  }, 60_000);

  it('answers callers that know only its address', () => {
    const { calls, counted } = phase('all three answer');
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
    expect(counted.healthy).toBe(3);
  });

  it('retries on another server and ejects the one that is gone', () => {
    const { calls, counted } = phase('one is killed');
    expect(calls.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
    expect(counted.failed).toBeGreaterThan(0);
    expect(counted.healthy).toBe(2);
  });

  it('opens the circuit when all servers hang', () => {
    expect(callsOf(phase('the others hang'), 'waited in vain').length).toBeGreaterThan(0);
    const { calls, counted } = phase('the circuit is open');
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter(({ outcome }) => outcome !== 'rejected')).toEqual([]);
    // No call reaches a server, so none waits for one.
    expect(counted).toMatchObject({ connections: 0, noneHealthy: calls.length });
  });

  it('closes the circuit when the servers are healthy again', () => {
    expect(phase('all come back').counted.healthy).toBe(3);
    const { calls } = phase('the circuit is closed');
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
  });

  it('rejects calls beyond its concurrency limit', () => {
    const crowd = phase('64 at once');
    expect(callsOf(crowd, 'answered').length).toBeGreaterThan(0);
    expect(callsOf(crowd, 'rejected').length).toBe(crowd.counted.overflow);
    // The last caller of the phase before may still be hanging up.
    expect(crowd.counted.overflow).toBeGreaterThanOrEqual(64 - 16);
  });
});
