import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Faults } from '@shoal/runtime';
import { EMPTY, mergeMap, of, type Observable } from 'rxjs';

/** Few enough for the budget of hedges (5 %). Counted, not drawn, so that every run loses as many. */
const EVERY = 40;

/** Fault lost-replies: now and then a reply is never sent. */
@Injectable()
export class LostReplies implements NestInterceptor {
  private replies = 0;

  constructor(private readonly faults: Faults) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.faults.on('lost-replies')) return next.handle();
    return next
      .handle()
      .pipe(mergeMap((reply: unknown) => (++this.replies % EVERY === 0 ? EMPTY : of(reply))));
  }
}
