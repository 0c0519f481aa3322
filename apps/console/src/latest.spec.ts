import { describe, expect, it } from 'vitest';
import { Latest } from './latest.js';

/** Tasks that end when the test says so. */
function run() {
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

/** All promises that are settled have called back by then. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('the latest of several tasks', () => {
  it('never shows an older answer over a newer one', async () => {
    const { shown, start } = run();
    const older = start();
    const newer = start();
    newer.resolve('newer');
    await settled();
    older.resolve('older');
    await settled();
    expect(shown).toEqual(['newer']);
  });

  it('aborts the older task as the newer one starts', () => {
    const { start } = run();
    const older = start();
    const newer = start();
    expect([older.isAborted(), newer.isAborted()]).toEqual([true, false]);
  });

  it('says nothing of the failure of a task that no one waits for', async () => {
    const { latest, shown, start } = run();
    const task = start();
    latest.cancel();
    task.reject(new Error('aborted'));
    await settled();
    expect(shown).toEqual([]);
  });

  it('hands on the failure of the newest', async () => {
    const { shown, start } = run();
    start().reject('no network');
    await settled();
    expect(shown).toEqual(['failed: no network']);
  });
});
