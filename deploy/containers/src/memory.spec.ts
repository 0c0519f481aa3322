import { describe, expect, it } from 'vitest';
import { checkMemory } from './memory.js';

describe('the check of memory', () => {
  it('lets start what there is memory for', () => {
    expect(() => checkMemory(2500e6, 2500)).not.toThrow();
  });

  it('says in one line what is too little, and what to do', () => {
    expect(() => checkMemory(1999e6, 2500)).toThrow(
      /^Docker has 1999 MB .* needs 2500 MB: .*core\.yaml up\)$/,
    );
  });
});
