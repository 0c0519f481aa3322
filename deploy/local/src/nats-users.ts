import { randomBytes } from 'node:crypto';
import { NATS_ROLES, PERMISSIONS, type NatsRole, type Permissions } from '@shoal/contracts';

/** A person with a NATS client, and tests: may do everything. */
export const OPERATOR = 'operator';

export interface NatsUser {
  name: NatsRole | typeof OPERATOR;
  password: string;
  /** Without them everything is allowed. */
  permissions?: Permissions;
}

/** One user per role with just what it needs, and the operator. */
export function natsUsers(passwordOf: (name: NatsUser['name']) => string = secret): NatsUser[] {
  const roles = NATS_ROLES.map((name) => ({
    name,
    password: passwordOf(name),
    permissions: PERMISSIONS[name],
  }));
  return [...roles, { name: OPERATOR, password: passwordOf(OPERATOR) }];
}

/** 192 random bits that need no escaping, neither in a configuration file nor in a URL. */
export function secret(): string {
  return randomBytes(24).toString('base64url');
}

/** The `users` block of nats-server's `authorization`. */
export function usersConfig(users: readonly NatsUser[]): string {
  return JSON.stringify(
    users.map(({ name, password, permissions }) => ({
      user: name,
      password,
      ...(permissions && {
        permissions: { publish: { allow: permissions.publish }, subscribe: { allow: permissions.subscribe } },
      }),
    })),
  );
}
