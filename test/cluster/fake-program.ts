import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** Until the test ends no program is found on the PATH. @returns the one folder on it */
export function emptyPath(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-path-'));
  vi.stubEnv('PATH', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Until the test ends the one program on the PATH is this, and does that, in bash. @returns the folder in which it is */
export function fakeProgram(name: string, script: string): string {
  const folder = emptyPath();
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/bash\n${script}\n`);
  chmodSync(file, 0o755);
  return folder;
}
