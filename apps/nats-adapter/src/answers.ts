import { z } from 'zod';

const count = z.number().min(0);
/** nats-server's Go leaves out lists that are empty, or writes null. */
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((items) => items ?? []);

const raftGroup = z.object({
  leader: z.string().optional(),
  replicas: list(z.object({ current: z.boolean(), offline: z.boolean().default(false) })),
});

const consumer = z.object({
  config: z.object({ durable_name: z.string().optional() }),
  num_pending: count,
  num_ack_pending: count,
  num_redelivered: count,
  cluster: raftGroup.optional(),
});

const stream = z.object({
  name: z.string(),
  state: z.object({ messages: count, bytes: count, last_seq: count }),
  cluster: raftGroup.optional(),
  consumer_detail: list(consumer),
});

/** What this adapter reads of nats-server's answers, by endpoint. They come from outside: each is checked. */
export const ANSWERS = {
  varz: z.object({
    server_name: z.string(),
    version: z.string(),
    start: z.iso.datetime({ offset: true }),
    mem: count,
    cpu: count,
    connections: count,
    total_connections: count,
    routes: count,
    subscriptions: count,
    slow_consumers: count,
    in_msgs: count,
    in_bytes: count,
    out_msgs: count,
    out_bytes: count,
  }),
  jsz: z.object({
    memory: count,
    storage: count,
    api: z.object({ total: count, errors: count }),
    config: z.object({ max_memory: z.number(), max_storage: z.number() }),
    meta_cluster: z.object({ leader: z.string().optional() }).optional(),
    account_details: list(z.object({ stream_detail: list(stream) })),
  }),
  connz: z.object({
    connections: list(z.object({ authorized_user: z.string().optional(), pending_bytes: count })),
  }),
  healthz: z.object({ status: z.string(), error: z.string().optional() }),
};

export type Endpoint = keyof typeof ANSWERS;
export type Answer<E extends Endpoint> = z.infer<(typeof ANSWERS)[E]>;
export type Stream = z.infer<typeof stream>;
export type Consumer = z.infer<typeof consumer>;

/** All answers of one moment; undefined what did not come, or was not to be read. */
export type Answers = { [E in Endpoint]: Answer<E> | undefined };
