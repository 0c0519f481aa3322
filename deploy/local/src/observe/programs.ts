import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

interface Program {
  /** File name of the program. */
  file: string;
  download: string;
  /** Path in its official image. */
  image: [name: string, file: string];
}

/** Observability programs, in the versions that deploy/observability was tried with: those of Compose and Kubernetes. */
export const PROGRAMS = {
  collector: {
    file: 'otelcol-contrib',
    download: 'https://github.com/open-telemetry/opentelemetry-collector-releases/releases/tag/v0.155.0',
    image: ['otel/opentelemetry-collector-contrib:0.155.0', '/otelcol-contrib'],
  },
  jaeger: {
    file: 'jaeger',
    download: 'https://www.jaegertracing.io/download/',
    image: ['jaegertracing/jaeger:2.13.0', '/cmd/jaeger/jaeger-linux'],
  },
  prometheus: {
    file: 'prometheus',
    download: 'https://prometheus.io/download/',
    image: ['prom/prometheus:v3.5.3', '/bin/prometheus'],
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;
/** Absolute paths. */
export type Programs = Partial<Record<ProgramName, string>>;

/** Below the text of a line of progress. */
const INDENT = ' '.repeat(10);

type Environment = Record<string, string | undefined>;

/** Where programs may also lie that are not on the PATH. */
export const toolsFolder = (env: Environment = process.env): string =>
  path.join(env.SHOAL_TOOLS ?? path.join(homedir(), '.cache/shoal/tools'), 'bin');

/** A program on the PATH, or in `${SHOAL_TOOLS:-~/.cache/shoal/tools}/bin`. @returns undefined when there is none */
export function findProgram(file: string, env: Environment = process.env): string | undefined {
  const folders = [...(env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute), toolsFolder(env)];
  return folders.map((folder) => path.join(folder, file)).find(isExecutable);
}

export function findPrograms(env: Environment = process.env): Programs {
  const found = Object.entries(PROGRAMS).map(([name, { file }]) => [name, findProgram(file, env)]);
  return Object.fromEntries(found) as Programs;
}

/** Returns the advice for a missing program: where to get it, as a release or from its image. */
export function missing(name: ProgramName, env: Environment = process.env): string {
  const { file, download, image } = PROGRAMS[name];
  const folder = toolsFolder(env);
  const target = path.join(folder, file);
  return [
    `going on without ${file}, which is neither on the PATH nor in ${folder}. It is to be had at`,
    `${INDENT}${download}`,
    `${INDENT}or on Linux: mkdir -p ${folder} && docker cp $(docker create ${image[0]}):${image[1]} ${target}`,
  ].join('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
