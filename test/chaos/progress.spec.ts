import { expect, it } from 'vitest';
import { Progress } from './progress.ts';

it('what may only grow is found out when it goes back, by each observer for itself', () => {
  const progress = new Progress();
  expect(progress.check('epoch of frontend-0', 5)).toEqual([]);
  expect(progress.check('epoch of frontend-1', 4)).toEqual([]);
  expect(progress.check('epoch of frontend-0', 5)).toEqual([]);
  expect(progress.check('epoch of frontend-0', 4)).toMatchObject([
    { detail: 'epoch of frontend-0: 4 after 5' },
  ]);
});
