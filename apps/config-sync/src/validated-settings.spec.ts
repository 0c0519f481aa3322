import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LiveSettings, type LiveValues } from '@shoal/runtime';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../../test/cluster/until.js';
import { type ConfigSyncSettings, ValidatedSettings } from './validated-settings.js';

let folder: string;
let source: string;
let target: string;
beforeEach(() => {
  Logger.overrideLogger(false);
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-sync-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  source = path.join(folder, 'source.json');
  target = path.join(folder, 'target.json');
});

function start(to = target): void {
  const settings: ConfigSyncSettings = new ConfigService({
    SHOAL_LIVE_SETTINGS: source,
    SHOAL_SETTINGS_TARGET: to,
  });
  const live = new LiveSettings(settings, new Registry());
  new ValidatedSettings(live, settings);
  onTestFinished(() => live.onApplicationShutdown());
  live.onModuleInit();
}

const copied = () => JSON.parse(readFileSync(target, 'utf8')) as LiveValues;

describe('config-sync', () => {
  it('copies only valid and complete settings', async () => {
    writeFileSync(source, '{"SHOAL_RATE_LIMIT": 7}');
    start();
    expect(copied()).toEqual({ SHOAL_RATE_LIMIT: 7 });
    writeFileSync(source, '{"SHOAL_RATE_LIMIT": 8');
    writeFileSync(source, '{"SHOAL_RATE_LIMIT": 8}');
    await until('the change is copied', () => copied().SHOAL_RATE_LIMIT === 8, 5_000);
    expect(readdirSync(folder).toSorted()).toEqual(['source.json', 'target.json']);
  });

  it('keeps the last valid settings when it starts with an invalid source', () => {
    writeFileSync(target, '{"SHOAL_RATE_LIMIT": 7}');
    writeFileSync(source, '{"SHOAL_RATE_LIMIT": "many"}');
    start();
    expect(copied()).toEqual({ SHOAL_RATE_LIMIT: 7 });
  });

  it('copies empty settings, which restore the environment', () => {
    writeFileSync(source, '{}');
    start();
    expect(copied()).toEqual({});
  });

  it('fails at start when the target is not writable', () => {
    writeFileSync(source, '{}');
    expect(() => start(path.join(folder, 'missing/target.json'))).toThrow('ENOENT');
  });
});
