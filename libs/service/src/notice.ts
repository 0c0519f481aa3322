/**
 * How long a process that has said that it leaves still answers, in ms. Whoever has not heard of it by then is told "no
 * responders" by NATS and asks another.
 */
export const NOTICE_MS = 200;
