import { ATTRIBUTE } from '@shoal/contracts';
import { activeSpan } from '@shoal/telemetry';
import type { ShardOutcome } from './shard-client.js';

/**
 * Says in the span of the request which shards the answer does not speak for. Once their members count as gone nobody is asked, so no
 * attempt says it.
 */
export function recordMissingShards(outcomes: readonly ShardOutcome[]): void {
  const missing = outcomes.filter(({ outcome }) => outcome !== 'answered').map(({ target: shard }) => shard);
  if (missing.length > 0) activeSpan().setAttribute(ATTRIBUTE.shardsMissing, missing);
}
