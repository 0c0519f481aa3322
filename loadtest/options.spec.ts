import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('the options of a load', () => {
  it('are the local run and fifty searches a second for a minute, unless told', () => {
    expect(parseOptions([])).toEqual({ url: undefined, rate: 50, seconds: 60 });
    expect(parseOptions(['https://shoal.example/', '--rate', '200', '--seconds', '5'])).toEqual({
      url: 'https://shoal.example',
      rate: 200,
      seconds: 5,
    });
    expect(parseOptions(['--help'])).toBe('help');
  });

  it.each([
    [['127.0.0.1:8080'], /^the URL must be as http:.*not "127\.0\.0\.1:8080"$/],
    [['ftp://here'], /^the URL must be/],
    [['http://a', 'http://b'], /^one URL is enough/],
    [['--rate', '0'], /^--rate must be a whole number from 1 to 10000, not "0"$/],
    [['--rate', '1.5'], /^--rate must be/],
    [['--seconds', 'long'], /^--seconds must be/],
    [['--speed', '9'], /^Unknown option '--speed'$/],
  ])('%j is rejected in one line', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
