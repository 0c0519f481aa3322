import { expect, it } from 'vitest';
import { targetsOf } from './targets.js';

it('Prometheus reads what shows metrics, under the name that a process keeps', () => {
  expect(
    targetsOf([
      { name: 'nats-0', role: 'nats', pid: 1, url: 'http://127.0.0.1:1' },
      { name: 'shard-3', role: 'shard', pid: 2, url: 'http://127.0.0.1:2' },
      { name: 'root-0', role: 'root', pid: 3 },
      { name: 'jaeger', role: 'telemetry', pid: 4, url: 'http://127.0.0.1:4' },
      { name: 'sidecar', role: 'telemetry', pid: 5, url: 'http://127.0.0.1:5' },
    ]),
  ).toEqual([
    { targets: ['127.0.0.1:2'], labels: { job: 'shard', instance: 'shard-3' } },
    { targets: ['127.0.0.1:5'], labels: { job: 'sidecar', instance: 'sidecar' } },
  ]);
});
