/**
 * V8 gives an array that grows by one room for 17 and half as many again. Most terms stand in one or two documents of an
 * index, so that room would take several times what the postings themselves do. These lists are given room for a quarter more
 * before they are appended to. Beyond LARGEST they are left to V8: few terms are so common.
 */
const LARGEST = 128;

/** By length: the next capacity, where a list of this length is full; else 0. */
const NEXT_CAPACITY = new Uint8Array(LARGEST);
for (let capacity = 1; capacity < LARGEST;) {
  const next = Math.min(capacity + Math.ceil(capacity / 4), LARGEST);
  NEXT_CAPACITY[capacity] = next;
  capacity = next;
}

/** By length: that many zeros. */
const ZEROS = Array.from({ length: Math.ceil(LARGEST / 4) + 1 }, (_, length) =>
  Array.from({ length }, () => 0),
);

/** An empty list with room for one. */
export function listWithRoom(): number[] {
  const list = [0];
  // Unlike `length = 0`, this leaves the list its room.
  list.pop();
  return list;
}

/** The list, or when it is full a copy with room for more. */
export function withRoomForOne(list: number[]): number[] {
  const { length } = list;
  const capacity = length < LARGEST ? NEXT_CAPACITY[length]! : 0;
  if (capacity === 0) return list;
  const copy = list.concat(ZEROS[capacity - length]!);
  copy.length = length;
  return copy;
}
