import { afterEach, expect, it, vi } from 'vitest';
import { resourceOf } from './resource.js';

afterEach(() => vi.unstubAllEnvs());

it('names the process by the conventions, beside what the environment adds', () => {
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=class,service.name=another');
  expect(resourceOf({ service: 'root', instance: 'root-1' }).attributes).toMatchObject({
    'service.name': 'root',
    'service.namespace': 'shoal',
    'service.instance.id': 'root-1',
    'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    'deployment.environment.name': 'class',
  });
});
