import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster/cluster.ts';
import type { Load } from './generator.ts';
import type { Tally } from './tally.ts';

/** What a bench measures: a cluster, and a generator of searches in a process of its own, so that neither waits for the other. */
export interface Bench {
  cluster: Cluster;
  /** Offers `rate` searches a second, and resolves when all are answered. */
  offer(rate: number, seconds: number): Promise<Tally>;
  /** Keeps as many searches under way for so long. */
  keepAsking(clients: number, seconds: number): Promise<Tally>;
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
  const tell = async (load: Load): Promise<Tally> => {
    generator.send(load);
    const [tally] = (await once(generator, 'message')) as [Tally];
    return tally;
  };
  try {
    await once(generator, 'message');
    await measure({
      cluster,
      offer: (rate, seconds) => tell({ rate, seconds }),
      keepAsking: (clients, seconds) => tell({ clients, seconds }),
    });
  } finally {
    generator.kill();
    await cluster.stop();
  }
}
