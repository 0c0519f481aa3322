import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../../../test/cluster/until.js';
import { LiveSettings } from './live-settings.js';
import type { LiveValues } from './live-values.js';

let folder: string;
let file: string;
let registry: Registry;
let errors: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-live-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = path.join(folder, 'settings.json');
  registry = new Registry();
  errors = [];
  const logging = vi.spyOn(Logger.prototype, 'error').mockImplementation((line: string) => errors.push(line));
  onTestFinished(() => logging.mockRestore());
});

const put = (values: unknown) => writeFileSync(file, JSON.stringify(values));

/** As a process has them that starts now. @returns them, and the changes so far */
function start(settings: object = { SHOAL_LIVE_SETTINGS: file }): [LiveSettings, LiveValues[]] {
  const live = new LiveSettings(new ConfigService(settings), registry);
  const changes: LiveValues[] = [];
  live.onChange((values) => changes.push(values));
  onTestFinished(() => live.onApplicationShutdown());
  live.onModuleInit();
  return [live, changes];
}

const shown = async (name: string) =>
  (await registry.getSingleMetric(`shoal_live_settings_${name}`)!.get()).values[0]!.value;

describe('live settings', () => {
  it('hold from the start, and each change once it is in the file', async () => {
    put({ SHOAL_RATE_LIMIT: 7 });
    const [live, changes] = start();
    expect(changes).toEqual([{ SHOAL_RATE_LIMIT: 7 }]);
    put({ SHOAL_RATE_LIMIT: 8 });
    await until('the change holds', () => live.values.SHOAL_RATE_LIMIT === 8, 5_000);
    put({});
    await until('there are none', () => live.values.SHOAL_RATE_LIMIT === undefined, 5_000);
    expect(changes).toEqual([{ SHOAL_RATE_LIMIT: 7 }, { SHOAL_RATE_LIMIT: 8 }, {}]);
  });

  it('that are wrong change nothing; the log says so once, the metric until they are right', async () => {
    put({ SHOAL_RATE_LIMIT: 7 });
    const [live, changes] = start();
    expect(await shown('last_reload_successful')).toBe(1);
    put({ SHOAL_RATE_LIMIT: 9, LOG_LEVEL: 'loud' });
    await until('it is rejected', async () => (await shown('last_reload_successful')) === 0, 5_000);
    expect(live.values).toEqual({ SHOAL_RATE_LIMIT: 7 });
    expect(errors).toEqual([expect.stringMatching(/settings\.json is rejected.* LOG_LEVEL: /)]);
    put({ SHOAL_RATE_LIMIT: 7 });
    await until('it is taken', async () => (await shown('last_reload_successful')) === 1, 5_000);
    expect(changes).toEqual([{ SHOAL_RATE_LIMIT: 7 }]);
  });

  it('outlive their file', async () => {
    put({ LOG_LEVEL: 'debug' });
    const [live] = start();
    rmSync(file);
    await until('it is missed', async () => (await shown('last_reload_successful')) === 0, 5_000);
    expect(live.values).toEqual({ LOG_LEVEL: 'debug' });
    expect(errors).toEqual([expect.stringContaining('ENOENT')]);
  });

  it('that are wrong at the start leave what the environment says, until they are right', async () => {
    writeFileSync(file, '{"SHOAL_RATE_LIMIT": "many"}');
    const [live, changes] = start();
    expect([live.values, changes, await shown('last_reload_successful')]).toEqual([{}, [], 0]);
    expect(errors).toEqual([expect.stringMatching(/is rejected, the environment holds: SHOAL_RATE_LIMIT: /)]);
    put({ SHOAL_RATE_LIMIT: 7 });
    await until('they hold', () => live.values.SHOAL_RATE_LIMIT === 7, 5_000);
  });

  it('may come later than the process', async () => {
    const [live] = start();
    expect([live.values, await shown('last_reload_success_timestamp_seconds')]).toEqual([{}, 0]);
    put({ LOG_LEVEL: 'warn' });
    await until('they hold', () => live.values.LOG_LEVEL === 'warn', 5_000);
    expect(await shown('last_reload_success_timestamp_seconds')).toBeCloseTo(Date.now() / 1000, -1);
  });

  it('need not be', async () => {
    const [live, changes] = start({});
    expect([live.values, changes, await shown('last_reload_successful')]).toEqual([{}, [], 1]);
  });
});
