import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Faults } from '@shoal/runtime';
import { switchMap, timer, type Observable } from 'rxjs';
import { AssignmentWatcher } from '../replica/assignment-watcher.js';

const SLOW_MS = 100;

/** Fault slow-replica: the first replica of each shard delays every message. */
@Injectable()
export class SlowReplica implements NestInterceptor {
  constructor(
    private readonly faults: Faults,
    private readonly place: AssignmentWatcher,
  ) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const slow = this.faults.on('slow-replica') && this.place.current?.rank === 0;
    return slow ? timer(SLOW_MS).pipe(switchMap(() => next.handle())) : next.handle();
  }
}
