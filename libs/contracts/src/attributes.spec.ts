import { expect, it } from 'vitest';
import { messagingAttributes } from './attributes.js';

it.each([
  ['publish', 'send'],
  ['request', 'send'],
  ['process', 'process'],
] as const)('to %s a message is told by the conventions: its name in NATS, and the type %s', (name, type) => {
  expect(messagingAttributes(name, 'shard.ask')).toEqual({
    'messaging.system': 'nats',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.name': 'shard.ask',
  });
});
