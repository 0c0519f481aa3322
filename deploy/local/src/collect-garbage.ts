/**
 * Preloaded into every process of ours (`--import`, with `--expose-gc`): collects garbage when the supervisor says so.
 * V8 lets a heap that was busy keep about twice of what it needs; after the load that is 60 MB in each shard. Only the
 * "last resort" also moves what is left together and returns the rest to the system.
 */
process.on('message', (message: { type?: string }) => {
  if (message.type !== 'collect-garbage') return;
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  process.send?.({ type: 'garbage-collected' });
});
// To listen must not keep a process alive that has nothing else to do.
process.channel?.unref();
