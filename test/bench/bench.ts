import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Cluster, type ClusterOptions, startCluster } from '../support/cluster.ts';
import type { Tally } from './open-loop.ts';

/** What a bench measures: a cluster, and a generator of searches in a process of its own, so that neither waits for the other. */
export interface Bench {
  cluster: Cluster;
  /** Offers `rate` searches a second, and resolves when all are answered. */
  offer(rate: number, seconds: number): Promise<Tally>;
}

/** Starts both, lets `measure` work with them, and ends both whatever came of it. */
export async function runBench(
  options: ClusterOptions,
  measure: (bench: Bench) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(options);
  const generator = fork(new URL('generator.ts', import.meta.url), [cluster.url], {
    serialization: 'advanced',
  });
  try {
    await once(generator, 'message');
    await measure({
      cluster,
      offer: async (rate, seconds) => {
        generator.send({ rate, seconds });
        const [tally] = (await once(generator, 'message')) as [Tally];
        return tally;
      },
    });
  } finally {
    generator.kill();
    await cluster.stop();
  }
}
