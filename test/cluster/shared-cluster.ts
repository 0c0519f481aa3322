/**
 * One cluster for all files of a Vitest project. Files may read any process, but hurt none, and tell their documents from
 * those of other files by words and ids of their own.
 */
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { type ClusterOptions, startCluster } from './cluster.ts';
import { RunningCluster } from './running-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Data folder of the shared cluster. */
    sharedCluster: string;
  }
}

/** A project's `env` reaches its workers only, so the scale of vitest.config.ts is repeated here. */
const OPTIONS: ClusterOptions = {
  shards: 2,
  replicas: 2,
  members: 4,
  indexers: 2,
  env: { SHOAL_TIME_SCALE: '0.5' },
};

/** Returns the shared cluster to a spec. */
export const sharedCluster = (): RunningCluster => new RunningCluster(inject('sharedCluster'));

/** Starts the cluster before the first file. @returns the function that stops it after the last */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster(OPTIONS);
  provide('sharedCluster', cluster.data);
  return () => cluster.stop();
}
