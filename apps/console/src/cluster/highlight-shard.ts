import { signal } from '@preact/signals';

/** The shard that the pointer or the focus is on; its partitions stand out in the ring. */
export const pointedShard = signal<number | undefined>(undefined);

export const point = (shard: number) => ({
  onPointerEnter: () => {
    pointedShard.value = shard;
  },
  onPointerLeave: () => {
    pointedShard.value = undefined;
  },
});
