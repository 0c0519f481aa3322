import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  readMessage,
  ROOT_SUBJECT,
  SCHEMA_VERSION,
  type RootAnswer,
  type RootBatch,
  type RootReply,
  type RootRequest,
} from '@shoal/contracts';
import { Inbox, TurnBatcher, type InboxReply } from '@shoal/scatter-gather';
import { NATS } from '@shoal/service';
import { UnavailableError } from '../errors.js';

/** A root's answer to one request; `hits` is a JSON array that is passed on unparsed. */
export interface FromRoot {
  root: string;
  answer: RootAnswer;
  hits: string;
}

interface Asked {
  request: RootRequest;
  resolve(answer: FromRoot): void;
  reject(error: Error): void;
}

/** Hits asked for by the requests of one message: bounds its reply. */
const MAX_HITS_PER_MESSAGE = 2_000;
/** How long after a request's own deadline a root's (then degraded) answer is still waited for. */
const GRACE_MS = 50;

/** The way to the roots: the requests of one event-loop turn go to one root in one message. */
@Injectable()
export class RootsService {
  private readonly inbox: Inbox;
  private readonly batcher = new TurnBatcher<Asked>(
    (asked) => this.send(asked),
    MAX_HITS_PER_MESSAGE,
    ({ request }) => request.size,
  );

  constructor(@Inject(NATS) connection: NatsConnection) {
    this.inbox = new Inbox(connection);
  }

  /** @throws UnavailableError when no root runs, or none answered within the request's budget */
  ask(request: RootRequest): Promise<FromRoot> {
    return new Promise((resolve, reject) => this.batcher.add({ request, resolve, reject }));
  }

  private send(asked: Asked[]): void {
    const batch: RootBatch = { v: SCHEMA_VERSION, requests: asked.map(({ request }) => request) };
    const longest = Math.max(...asked.map(({ request }) => request.budgetMs));
    let timer: NodeJS.Timeout | undefined;
    try {
      const forget = this.inbox.ask(ROOT_SUBJECT, JSON.stringify(batch), (reply) => {
        clearTimeout(timer);
        settle(asked, reply);
      });
      timer = setTimeout(() => {
        forget();
        fail(asked, 'no root answered in time: try again, with a larger timeoutMs if this goes on');
      }, longest + GRACE_MS);
    } catch (error) {
      fail(asked, `the requests of this moment could not be sent on (${String(error)}): try again`);
    }
  }
}

function settle(asked: Asked[], reply: InboxReply): void {
  if (reply.kind === 'no-responders') return fail(asked, 'no root is running: try again in a few seconds');
  const lines = reply.payload.split('\n');
  let head: RootReply;
  try {
    head = readMessage<RootReply>('a root reply', lines[0]!);
  } catch (error) {
    return fail(asked, error instanceof Error ? error.message : String(error));
  }
  if (head.answers.length < asked.length) return fail(asked, 'the roots are busy: try again in a second');
  asked.forEach(({ resolve }, index) =>
    resolve({ root: head.root, answer: head.answers[index]!, hits: lines[index + 1]! }),
  );
}

function fail(asked: Asked[], detail: string): void {
  for (const { reject } of asked) reject(new UnavailableError(detail));
}
