import { describe, expect, it } from 'vitest';
import { BulkUpload } from './bulk-upload.js';
import type { IntakePublisher } from './intake-publisher.js';

/** An intake whose messages are answered by hand, in any order. */
function manualIntake() {
  const messages: { resolve(): void; reject(error: Error): void }[] = [];
  const intake = {
    putWrite: ({ id }: { id: string }) => ({ op: 'put', partition: 0, key: id, document: `{"id":"${id}"}` }),
    acceptMany: () => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      messages.push({ resolve: () => resolve(1), reject });
      return promise;
    },
  };
  return { messages, intake: intake as unknown as IntakePublisher };
}

const line = (number: number) => ({
  number,
  text: JSON.stringify({ id: `d${number}`, title: 't', text: 'x' }),
});

describe('BulkLoad', () => {
  it('that breaks off names the first line that is not stored, whichever message failed first', async () => {
    const { messages, intake } = manualIntake();
    const load = new BulkUpload(intake);
    for (let number = 1; number <= 500; number++) await load.add(line(number));
    const finished = load.finish();
    messages[1]!.reject(new Error('the later one fails first'));
    await Promise.resolve();
    messages[0]!.reject(new Error('then the earlier one'));
    await expect(finished).rejects.toThrow('stored at least 0 documents');
    await expect(finished).rejects.toThrow('from line 1 on');
  });

  it('counts what was stored and what was wrong, by line', async () => {
    const { messages, intake } = manualIntake();
    const load = new BulkUpload(intake);
    await load.add(line(1));
    await load.add({ number: 2, text: '{"id":' });
    await load.add({ number: 3, text: ' ' });
    await load.add({ number: 4, text: null });
    const finished = load.finish();
    messages[0]!.resolve();
    expect(await finished).toEqual({
      accepted: 1,
      rejected: 2,
      errors: [
        { line: 2, detail: expect.stringContaining('not valid JSON') },
        { line: 4, detail: expect.stringContaining('split the document') },
      ],
    });
  });
});
