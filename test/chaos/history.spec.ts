import { describe, expect, it } from 'vitest';
import { end, History } from './history.ts';

const body = { title: 't', text: 'x' };

describe('the history of a document', () => {
  it('begins with its absence, confirmed for ever', () => {
    expect(new History().of('d').last).toMatchObject({ version: 0, body: null, confirmedAt: -Infinity });
  });

  it('counts versions in the order of sending', () => {
    const document = new History().of('d');
    end(document.begin(body, 'single', 1), 'acknowledged', 2);
    expect(document.begin(null, 'single', 3).version).toBe(2);
  });

  it.each(['open', 'indeterminate'] as const)('takes no write after one that is %s', (outcome) => {
    const document = new History().of('d');
    const write = document.begin(body, 'single', 1);
    if (outcome !== 'open') end(write, outcome, 2);
    expect(() => document.begin(body, 'single', 3)).toThrow(`write 1 is ${outcome}, write another document`);
  });
});
