import { describe, expect, it } from 'vitest';
import { Latest } from './api.js';

/** Tasks that the test completes. */
function runTasks() {
  const latest = new Latest();
  const shown: string[] = [];
  const start = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    latest.run(
      (given) => {
        signal = given;
        return promise;
      },
      (value) => shown.push(value),
      (error) => shown.push(`failed: ${String(error)}`),
    );
    return { resolve, reject, isAborted: () => signal?.aborted };
  };
  return { latest, shown, start };
}

/** Resolves after the callbacks of all settled promises. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('Latest', () => {
  it('discards an older answer that arrives after a newer one', async () => {
    const { shown, start } = runTasks();
    const older = start();
    const newer = start();
    newer.resolve('newer');
    await settled();
    older.resolve('older');
    await settled();
    expect(shown).toEqual(['newer']);
  });

  it('aborts the older task when a newer one starts', () => {
    const { start } = runTasks();
    const older = start();
    const newer = start();
    expect([older.isAborted(), newer.isAborted()]).toEqual([true, false]);
  });

  it('discards the failure of a cancelled task', async () => {
    const { latest, shown, start } = runTasks();
    const task = start();
    latest.cancel();
    task.reject(new Error('aborted'));
    await settled();
    expect(shown).toEqual([]);
  });

  it('reports the failure of the latest task', async () => {
    const { shown, start } = runTasks();
    start().reject('no network');
    await settled();
    expect(shown).toEqual(['failed: no network']);
  });
});
