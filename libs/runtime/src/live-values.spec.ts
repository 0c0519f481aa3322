import { LOG_LEVELS } from '@shoal/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLiveValues } from './live-values.js';

const right = fc.record(
  { LOG_LEVEL: fc.constantFrom(...LOG_LEVELS), SHOAL_RATE_LIMIT: fc.integer({ min: 1 }) },
  { requiredKeys: [], noNullPrototype: true },
);

describe('a file of live settings', () => {
  it('means what it says', () => {
    fc.assert(
      fc.property(right, fc.nat(4), (values, indent) => {
        expect(parseLiveValues(`${JSON.stringify(values, null, indent)}\n`)).toEqual(values);
      }),
    );
  });

  it('is rejected as long as only its beginning is written', () => {
    fc.assert(
      fc.property(right, (values) => {
        const whole = JSON.stringify(values, null, 2);
        for (let length = 0; length < whole.length; length++)
          expect(() => parseLiveValues(whole.slice(0, length))).toThrow('the file is not JSON');
      }),
    );
  });

  it('is rejected, right settings and all, when it names one that may not change or does not exist', () => {
    const other = fc.string().filter((name) => !['LOG_LEVEL', 'SHOAL_RATE_LIMIT'].includes(name));
    fc.assert(
      fc.property(right, other, fc.jsonValue(), (values, name, value) => {
        const text = JSON.stringify({ ...values, [`${name}!`]: value });
        expect(() => parseLiveValues(text)).toThrow('Unrecognized key');
      }),
    );
  });

  it.each([
    ['{"LOG_LEVEL": "loud"}', /^LOG_LEVEL: .*"debug"/],
    ['{"LOG_LEVEL": "debug", "SHOAL_RATE_LIMIT": 0}', /^SHOAL_RATE_LIMIT: /],
    ['{"SHOAL_RATE_LIMIT": "200"}', /^SHOAL_RATE_LIMIT: .*number/],
    ['{"SHOAL_RATE_LIMIT": 1.5, "LOG_LEVEL": null}', /^LOG_LEVEL: .*; SHOAL_RATE_LIMIT: /],
    ['{"SHOAL_NATS_URL": "elsewhere"}', /SHOAL_NATS_URL/],
    ['[]', /object/],
    ['null', /object/],
  ])('%s is rejected in one line that names what is wrong', (text, told) => {
    expect(() => parseLiveValues(text)).toThrow(told);
  });
});
