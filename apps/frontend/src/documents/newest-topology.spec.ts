import { connect, type NatsConnection } from '@nats-io/transport-node';
import { CLUSTER_BUCKET, SCHEMA_VERSION, TOPOLOGY_KEY, type Topology } from '@shoal/contracts';
import { ensureBucket, WatchedValue } from '@shoal/nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNats, type NatsServer } from '../../../../test/cluster/nats-server.js';
import { newestTopology } from './newest-topology.js';

let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

it('reads the topology that was written last, and nothing where there is none or nobody answers', async () => {
  await ensureBucket(connection, { bucket: CLUSTER_BUCKET });
  expect(await newestTopology(connection, 2_000)).toBeNull();
  const topology: Topology = {
    v: SCHEMA_VERSION,
    epoch: 7,
    token: 1,
    partitions: 4,
    placement: 'hash',
    replicas: 2,
    shards: [],
  };
  const watched = await WatchedValue.open<Topology>(connection, {
    bucket: CLUSTER_BUCKET,
    key: TOPOLOGY_KEY,
  });
  const revision = await watched.update({ ...topology, epoch: 6 }, 0);
  await watched.update(topology, revision!);
  watched.close();
  expect(await newestTopology(connection, 2_000)).toEqual(topology);
  nats.pause();
  expect(await newestTopology(connection, 100)).toBeNull();
  nats.resume();
});
