import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { connect, headers, type NatsConnection, type Msg } from '@nats-io/transport-node';
import {
  INVALIDATION_SUBJECT,
  CLUSTER_BUCKET,
  DOCS_STREAM,
  docsSubject,
  FAULTS_BUCKET,
  inboxPrefix,
  intakeSubject,
  LEASE_BUCKET,
  LEASE_KEY,
  MEMBERS_BUCKET,
  NATS_ROLES,
  ROOTS_BUCKET,
  shardSubject,
  statisticsSubject,
  type NatsRole,
} from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { connectAs, natsAccess } from '../cluster/nats-access.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;
const connections = new Map<NatsRole | 'operator', NatsConnection>();

beforeAll(async () => {
  // Beyond what one of each needs: two frontends and indexers, so that news and takeovers cross NATS too.
  cluster = await startCluster({ frontends: 2, indexers: 2, env: { LOG_LEVEL: 'trace' } });
  for (const user of [...NATS_ROLES, 'operator'] as const)
    connections.set(user, await connectAs(cluster, user));
  return async () => {
    for (const connection of connections.values()) await connection.close();
    await cluster.stop();
  };
});

const as = (user: NatsRole | 'operator') => connections.get(user)!;
const VIOLATION = /Permissions Violation/i;

/** Publishes as a user. @throws the error of NATS when it rejects the message */
async function publish(user: NatsRole, subject: string): Promise<void> {
  await as(user).request(subject, '{}', { timeout: 2_000 });
}

describe('on NATS', () => {
  it('permits every role its own work', async () => {
    await cluster.api.put('one', { title: 'One', text: 'permitted' }, '?wait=searchable');
    expect(await cluster.api.found('permitted')).toEqual(['one']);
    await cluster.api.delete('one');
    await until('it is gone', async () => (await cluster.api.found(`permitted gone`)).length === 0);
    const { leader, fencingToken } = await cluster.api.cluster();
    cluster.signal(leader!, 'SIGKILL');
    await until(
      'another indexer leads',
      async () => (await cluster.api.cluster()).fencingToken > fencingToken,
    );
    await cluster.api.put('two', { title: 'Two', text: 'permitted' }, '?wait=searchable');
    expect(await cluster.api.found('permitted two')).toEqual(['two']);
    const logs = path.join(cluster.data, 'logs');
    const lines = readdirSync(logs).flatMap((file) =>
      readFileSync(path.join(logs, file), 'utf8').split('\n'),
    );
    expect(lines.filter((line) => VIOLATION.test(line) || / Violation /.test(line))).toEqual([]);
  });

  it.each<[NatsRole, string, string]>([
    ['shard', 'write the log', docsSubject.document(0, 'x')],
    ['shard', 'fence the log', docsSubject.fence],
    ['shard', 'purge the log', '$JS.API.STREAM.PURGE.DOCS'],
    ['shard', 'delete the log', '$JS.API.STREAM.DELETE.DOCS'],
    ['shard', 'delete a record of the log', '$JS.API.STREAM.MSG.DELETE.DOCS'],
    ['shard', 'change the log', '$JS.API.STREAM.UPDATE.DOCS'],
    ['shard', 'mirror the log into a stream of its own', '$JS.API.STREAM.CREATE.COPY'],
    ['shard', 'take writes from the queue', '$JS.API.CONSUMER.CREATE.INTAKE'],
    ['shard', 'take the lease', `$KV.${LEASE_BUCKET}.${LEASE_KEY}`],
    ['shard', 'write the topology', '$KV.CLUSTER.topology'],
    ['shard', 'switch faults', '$KV.FAULTS.slow-replica'],
    ['shard', 'accept writes', intakeSubject.many],
    ['shard', 'ask another shard', shardSubject.query('shard-0')],
    ['root', 'accept writes', intakeSubject.many],
    ['root', 'write the log', docsSubject.document(0, 'x')],
    ['root', 'announce a member', '$KV.MEMBERS.shard-9'],
    ['frontend', 'write the log', docsSubject.document(0, 'x')],
    ['frontend', 'write the topology', '$KV.CLUSTER.topology'],
    ['frontend', 'write the statistics', statisticsSubject.version],
    ['frontend', 'ask a shard past the roots', shardSubject.query('shard-0')],
    ['indexer', 'accept writes', intakeSubject.many],
    ['indexer', 'purge the log', '$JS.API.STREAM.PURGE.DOCS'],
    ['indexer', 'delete the log', '$JS.API.STREAM.DELETE.DOCS'],
  ])('forbids a %s to %s', async (role, _, subject) => {
    await expect(publish(role, subject)).rejects.toThrow(VIOLATION);
  });

  it.each<[NatsRole, string]>([
    ['shard', MEMBERS_BUCKET],
    ['root', ROOTS_BUCKET],
    ['frontend', FAULTS_BUCKET],
    ['indexer', CLUSTER_BUCKET],
    ['indexer', LEASE_BUCKET],
  ])('forbids a %s to roll up %s', async (role, bucket) => {
    const wiping = headers();
    wiping.set('Nats-Rollup', 'all');
    const answer = await as(role).request(`$KV.${bucket}.none`, '{}', { headers: wiping, timeout: 2_000 });
    expect(answer.json()).toMatchObject({ error: { description: 'rollup not permitted' } });
  });

  it.each(
    NATS_ROLES.flatMap((role) => NATS_ROLES.filter((other) => other !== role).map((other) => [role, other])),
  )('forbids a %s to read replies to a %s', async (role, other) => {
    const rejected = Promise.withResolvers<Error>();
    as(role).subscribe(`${inboxPrefix(other)}.>`, {
      callback: (error: Error | null, _: Msg) => rejected.resolve(error ?? new Error('it can')),
    });
    expect((await rejected.promise).message).toMatch(VIOLATION);
  });

  it('keeps messages that a shard has a consumer deliver out of DOCS', async () => {
    const forged = docsSubject.document(0, 'forged');
    const delivered = Promise.withResolvers<unknown>();
    as('operator').subscribe(forged, { callback: (error, { data }) => delivered.resolve(error ?? data) });
    await as('operator').flush();
    const consumer = {
      stream_name: `KV_${CLUSTER_BUCKET}`,
      config: { deliver_subject: forged, deliver_policy: 'last', ack_policy: 'none' },
    };
    const made = await as('shard').request(
      `$JS.API.CONSUMER.CREATE.KV_${CLUSTER_BUCKET}`,
      JSON.stringify(consumer),
      // It may wait for the disk.
      { timeout: 5_000 },
    );
    expect(made.json()).not.toHaveProperty('error');
    expect(await delivered.promise).toBeInstanceOf(Uint8Array);
    // Later in the log than what was delivered would be.
    await cluster.api.put('three', { title: 'Three', text: 'permitted' }, '?wait=searchable');
    const { data } = await as('operator').request(
      `$JS.API.STREAM.MSG.GET.${DOCS_STREAM}`,
      JSON.stringify({ last_by_subj: forged }),
    );
    expect(JSON.parse(Buffer.from(data).toString())).toMatchObject({ error: { code: 404 } });
  });

  it('rejects connections without the right password', async () => {
    const { servers } = natsAccess(cluster);
    await expect(connect({ servers })).rejects.toThrow(/authorization/i);
    await expect(connect({ servers, user: 'indexer', pass: 'guess' })).rejects.toThrow(/authorization/i);
  });

  it('permits the operator to read everything', async () => {
    const { data } = await as('operator').request('$JS.API.STREAM.INFO.DOCS', '');
    expect(JSON.parse(Buffer.from(data).toString())).toMatchObject({ config: { name: 'DOCS' } });
    as('operator').publish(INVALIDATION_SUBJECT, '{"v":1}');
    await as('operator').flush();
  });

  it('keeps passwords in private files, out of logs and command lines', () => {
    const { passwords } = natsAccess(cluster);
    const secrets = Object.values(passwords);
    for (const file of ['nats/access.json', 'nats/nats-0.conf'])
      expect(statSync(path.join(cluster.data, file)).mode & 0o077).toBe(0);
    const logs = readdirSync(path.join(cluster.data, 'logs')).map((file) => `logs/${file}`);
    const open = [...logs, 'cluster.json'].map((file) => readFileSync(path.join(cluster.data, file), 'utf8'));
    const commands = cluster.processes.map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    for (const text of [...open, ...commands, cluster.output])
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
