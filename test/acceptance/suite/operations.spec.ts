import { describe, expect, it } from 'vitest';
import { AvailabilityProbe } from '../../cluster/availability-probe.ts';
import { until } from '../../cluster/until.ts';
import { api, deleteAfterwards, KEY, search, target, writeDocuments } from './running.ts';
import { expectWholeAnswersWhile } from './whole-answers.ts';

const DOCUMENTS = 50;
/** Some twenty requests a second: a cluster of containers on two cores has enough to do with restarting. */
const PAUSE_MS = 400;
/** For all processes of a role, one after the other. */
const ROLLED_MS = 300_000;
/** Until members are there, have replayed their documents and are asked; or others have taken over from those that went. */
const MOVED_MS = 120_000;
const MORE = 2;

it.each(['root', 'frontend'] as const)(
  'every %s restarts, one after the other: no request fails, no answer is degraded, no write is lost',
  async (role) => {
    const word = await writeDocuments(DOCUMENTS);
    const client = new AvailabilityProbe(target.url, word, `${word}-0`, {
      credentials: KEY,
      pauseMs: PAUSE_MS,
    });
    deleteAfterwards(client.written);
    try {
      await target.restart(role);
    } finally {
      await client.stop();
    }
    expect(client.complaints).toEqual([]);
    expect(Object.keys(client.succeeded)).toHaveLength(6);
    const all = DOCUMENTS + client.written.length;
    await until('all that was written is found', async () => (await search(word)).total.value === all);
  },
  ROLLED_MS,
);

describe.skipIf(!target.scale)('while it grows by two members and shrinks again', () => {
  it(
    'searches stay whole, the new ones wait for a place or have one, and the shards have all their replicas afterwards',
    async () => {
      const word = await writeDocuments(DOCUMENTS);
      const before = await api.cluster();
      const names = new Set(before.members.map(({ member }) => member));
      await expectWholeAnswersWhile(word, DOCUMENTS, async () => {
        await target.scale!(names.size + MORE);
        await until(
          'the new members are there, as spares where all places are taken',
          async () => {
            const { members } = await api.cluster();
            const added = members.filter(({ member }) => !names.has(member));
            return (
              added.length === MORE && added.every(({ state }) => state === 'ready' || state === 'spare')
            );
          },
          MOVED_MS,
        );
        await target.scale!(names.size);
        await until(
          'as many replicas as before are ready',
          async () => {
            const { members, replicas, shards } = await api.cluster();
            const ready = shards.map(
              (shard) => shard.replicas.filter(({ state }) => state === 'ready').length,
            );
            return members.length === names.size && ready.every((count) => count >= replicas);
          },
          MOVED_MS,
        );
      });
    },
    3 * MOVED_MS,
  );
});
