import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.js';

describe('the options', () => {
  it('are those of the README when none are given', () => {
    expect(parseOptions([], '/home/ada')).toEqual({
      port: 8080,
      host: '127.0.0.1',
      shards: 4,
      replicas: 2,
      members: 8,
      frontends: 2,
      roots: 2,
      indexers: 2,
      nats: 1,
      partitions: 64,
      faults: 'on',
      observe: false,
      corpus: 'wordnet',
      data: '/home/ada/.shoal',
    });
  });

  it('give as many members as there are places', () => {
    expect(parseOptions(['--shards', '3', '--replicas=3'])).toMatchObject({ members: 9 });
    expect(parseOptions(['--members', '10'])).toMatchObject({ members: 10 });
  });

  it('take a corpus file relative to where the user is', () => {
    expect(parseOptions(['--corpus', 'my.jsonl'], '/home/ada')).toMatchObject({
      corpus: '/home/ada/my.jsonl',
    });
    expect(parseOptions(['--corpus', 'none'], '/home/ada')).toMatchObject({ corpus: 'none' });
  });

  it('ask for help', () => {
    expect(parseOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, not "http"'],
    [['--host', ''], '--host must be an address of this machine'],
    [['--host', 'ada.example'], '--host must be an address of this machine'],
    [['--port', '70000'], '--port must be a whole number'],
    [['--shards', '0'], '--shards must be a whole number from 1'],
    [['--shards', '1.5'], 'not "1.5"'],
    [['--faults', 'maybe'], '--faults must be on or off, not "maybe"'],
    [['--nats', '2'], '--nats must be 1 or 3'],
    [['--members', '3'], '--members 3 are too few for --shards 4'],
    [['--shards', '9', '--partitions', '8'], 'give at least as many'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['wordnet'], "Unexpected argument 'wordnet'"],
  ])('%j are rejected in one line', (args, said) => {
    const parse = () => parseOptions(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(said);
    expect(parse).not.toThrow('\n');
  });
});
