import { execFileSync } from 'node:child_process';
import { findProgram } from '../../deploy/local/src/observe/programs.ts';

const readsFiles = (program: string): boolean =>
  /name: file_?log$/m.test(execFileSync(program, ['components'], { encoding: 'utf8' }));

/**
 * A collector with the filelog receiver: otelcol-contrib as its makers build it, or one of another build with what sidecar.yaml and
 * nats-logs.yaml name, as `otelcol-filelog` on the PATH or where tools are.
 */
export const fileCollector = ['otelcol-contrib', 'otelcol-filelog']
  .map((name) => findProgram(name))
  .find((program) => program !== undefined && readsFiles(program));
