import { describe, expect, it } from 'vitest';
import { argumentsOf, type Options, parseOptions, UsageError } from './options.ts';

describe('the options of chaos', () => {
  it('have defaults, and take fractions of minutes', () => {
    expect(parseOptions([])).toEqual({
      seed: 1,
      minutes: 0.5,
      documents: 240,
      shards: 2,
      replicas: 2,
      nats: 1,
      parallel: 2,
      faults: [],
      timeline: false,
    });
    expect(parseOptions(['--seed', '7', '--minutes', '.25', '--nats', '3'])).toMatchObject({
      seed: 7,
      minutes: 0.25,
      nats: 3,
    });
    expect(parseOptions(['--seeds', '3-9'])).toMatchObject({ seeds: { first: 3, last: 9 } });
    expect(parseOptions(['--help'])).toBe('help');
  });

  it('are said again as they were given', () => {
    const given = ['--seed', '7', '--minutes', '2', '--shards', '3', '--faults', 'fencing-off,paused-leader'];
    const options = parseOptions(given) as Options;
    expect(parseOptions(argumentsOf(options))).toEqual(options);
  });

  it.each([
    [['--seed', 'x'], '--seed must be a number from 0 to 999999999, not "x"'],
    [['--minutes', '-1'], 'argument'],
    [['--minutes', '0'], '--minutes must be a number from 0.05'],
    [['--nats', '2'], '--nats must be 1 or 3, not "2"'],
    [['--seeds', '9-3'], '--seeds must be the first and the last one, as 1-100, not "9-3"'],
    [['--faults', 'bad-luck'], 'not "bad-luck"'],
    [['--faults', ','], 'not ""'],
    [['--colour'], "Unknown option '--colour'"],
  ])('reject %j in one line', (args, said) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(said);
    expect(() => parseOptions(args)).not.toThrow('\n');
  });
});
