import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { emptyPath, fakeProgram } from '../../test/cluster/stand-ins.ts';
import { checkDocker, checkMemory, checkPorts } from './checks.ts';

/** Behaves like Docker's client without a daemon. */
const STOPPED = `case $1 in
  --version) echo 'Docker version 29.1.0' ;;
  info) echo 0 ;;
  *) echo 'Cannot connect to the Docker daemon. Is the docker daemon running?' >&2; exit 1 ;;
esac`;

describe('a failed check reports in one line', () => {
  it('a missing Docker and where to install it', async () => {
    emptyPath();
    await expect(checkDocker()).rejects.toThrow(
      /^docker cannot be run \(ENOENT\): install it .*\(https:.*\)$/,
    );
  });

  it('a daemon that does not run', async () => {
    fakeProgram('docker', STOPPED);
    await expect(checkDocker()).rejects.toThrow(
      /^Docker is installed but does not run: start it \(.*daemon.*\)$/,
    );
  });

  it('too little memory', async () => {
    fakeProgram('docker', 'echo 1900000000');
    await expect(checkMemory(2600, 'start less')).rejects.toThrow(
      /^Docker has 1900 MB of memory and this needs 2600: give it more, or start less$/,
    );
    await expect(checkMemory(1900, 'start less')).resolves.toBeUndefined();
  });

  it('a port in use and how to choose another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    vi.stubEnv('SHOAL_PORT', String(port));
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(checkPorts(['edge'], 'npm run kind:up')).rejects.toThrow(
      new RegExp(
        `^port ${port} is not available \\(EADDRINUSE\\): .*SHOAL_PORT=${port + 10_000} npm run kind:up$`,
      ),
    );
  });
});

it('checkDocker accepts a client with a running daemon', async () => {
  fakeProgram('docker', 'echo 29.1.0');
  await expect(checkDocker()).resolves.toBeUndefined();
});
