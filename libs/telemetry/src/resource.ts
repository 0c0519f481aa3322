import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from './attributes.js';
import type { Identity } from './identity.js';
import { releaseAbove } from './release.js';

/** Whose spans and logs these are, with what `OTEL_RESOURCE_ATTRIBUTES` adds. */
export function resourceOf({ service, instance }: Identity): Resource {
  const environment = detectResources({ detectors: [resourceAttributesEnvDetector] });
  const own = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: service,
    [ATTR_SERVICE_NAMESPACE]: 'shoal',
    [ATTR_SERVICE_INSTANCE_ID]: instance,
    [ATTR_SERVICE_VERSION]: releaseAbove(import.meta.dirname),
  });
  return defaultResource().merge(environment).merge(own);
}
