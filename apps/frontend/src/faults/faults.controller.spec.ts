import { ForbiddenException } from '@nestjs/common';
import { Faults } from '@shoal/runtime';
import { expect, it, vi } from 'vitest';
import { FaultsController } from './faults.controller.js';

it('rejects a switch with advice when the run does not allow faults', async () => {
  const switched = vi.fn<Faults['switch']>();
  const faults = { allowed: false, on: () => false, switch: switched } as unknown as Faults;
  const controller = new FaultsController(faults);
  const attempt = controller.switch('slow-replica', { enabled: true }, {});
  await expect(attempt).rejects.toThrow(ForbiddenException);
  await expect(attempt).rejects.toThrow(/--faults on/);
  expect(switched).not.toHaveBeenCalled();
  const { allowed, faults: listed } = controller.list({});
  expect(allowed).toBe(false);
  expect(listed.filter(({ enabled }) => enabled)).toEqual([]);
});
