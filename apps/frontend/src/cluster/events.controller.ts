import { Controller, Sse, type MessageEvent } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { endWith, ignoreElements, interval, map, merge, takeUntil, type Observable } from 'rxjs';
import { EventsService } from './events.service.js';

/** Proxies and browsers give up a connection on which nothing comes for a while. */
const PING_MS = 15_000;

@ApiTags('cluster')
@Controller('api/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Sse()
  @ApiOperation({ summary: 'Topology, leadership, members and faults, as they change (server-sent events)' })
  stream(): Observable<MessageEvent> {
    const { events } = this.events;
    const pings = interval(PING_MS).pipe(map(() => ({ type: 'ping', data: '' })));
    const ended = events.pipe(ignoreElements(), endWith(null));
    return merge(events.pipe(map(({ type, ...data }) => ({ type, data }))), pings.pipe(takeUntil(ended)));
  }
}
