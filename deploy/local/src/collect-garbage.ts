/**
 * Preloaded into every Shoal process (`--import`, with `--expose-gc`): collects garbage when the supervisor requests it.
 * V8 lets a busy heap keep about twice its need; after the load that is 60 MB in each shard. Only the "last resort"
 * collection also compacts the heap and returns memory to the system.
 */
process.on('message', (message: { type?: string }) => {
  if (message.type !== 'collect-garbage') return;
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  process.send?.({ type: 'garbage-collected' });
});
// To listen must not keep a process alive that has nothing else to do.
process.channel?.unref();
