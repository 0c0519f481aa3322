import { describe, expect, it } from 'vitest';
import { atLeast, findNatsServer, versionIn } from './nats-server.mjs';

/** Sources that hold these versions; a source without one throws. */
const machine = (versions, asked = []) => ({
  named: '',
  version: async (file) => versions[file],
  sources: Object.keys(versions).map((name) => ({
    name,
    slow: name !== 'PATH',
    get: async () => {
      asked.push(name);
      if (!versions[name]) throw new Error(`${name} is out of reach`);
      return name;
    },
  })),
});
const silent = () => {};

describe('versions of nats-server', () => {
  it.each([
    ['2.12.0', '2.12.0', true],
    ['2.15.1', '2.12.0', true],
    ['2.9.25', '2.12.0', false],
    ['2.11.99', '2.12.0', false],
    ['3.0.0', '2.12.0', true],
    ['1.99.0', '2.12.0', false],
  ])('%s is at least %s: %s', (a, b, expected) => expect(atLeast(a, b)).toBe(expected));

  it('are read from what it prints', () => {
    expect(versionIn('nats-server: v2.15.1\n')).toBe('2.15.1');
    expect(versionIn('nats-server: v2.12.0-RC.3')).toBe('2.12.0');
    expect(versionIn('command not found')).toBeUndefined();
  });
});

describe('the choice of a nats-server', () => {
  it('takes the first one that is new enough and asks no further', async () => {
    const asked = [];
    expect(await findNatsServer(silent, machine({ PATH: '2.12.1', cache: '2.15.1' }, asked))).toBe('PATH');
    expect(asked).toEqual(['PATH']);
  });

  it('goes on when one is too old, missing or out of reach', async () => {
    const versions = { PATH: '2.10.7', release: undefined, pip: '2.15.1', go: '2.15.1' };
    expect(await findNatsServer(silent, machine(versions))).toBe('pip');
  });

  it('says in one line what it found when none will do', async () => {
    const versions = { PATH: '2.10.7', release: undefined };
    await expect(findNatsServer(silent, machine(versions))).rejects.toThrow(
      /^no nats-server 2\.12\.0 or newer \(PATH: 2\.10\.7 is too old; release: release is out of reach\).*$/,
    );
  });

  it('uses the one that NATS_SERVER names or none', async () => {
    const versions = { PATH: '2.15.1', '/opt/old': '2.10.7', '/opt/new': '2.13.0' };
    const named = (file) => findNatsServer(silent, { ...machine(versions), named: file });
    expect(await named('/opt/new')).toBe('/opt/new');
    await expect(named('/opt/old')).rejects.toThrow(
      /^nats-server 2\.10\.7 \(from NATS_SERVER=\/opt\/old\) is too old/,
    );
    await expect(named('/opt/none')).rejects.toThrow(/is not a nats-server that runs/);
  });
});
