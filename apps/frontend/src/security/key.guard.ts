import {
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isExposed, type FrontendSettings } from '../settings.js';
import { ApiKeys } from './api-keys.js';

/**
 * Lets through who brings a key. A run without keys is open to whoever is on this machine, and closed to all when
 * others can reach it too.
 */
@Injectable()
export class KeyGuard implements CanActivate {
  private readonly exposed: boolean;

  constructor(
    @Inject(ConfigService) settings: FrontendSettings,
    private readonly keys: ApiKeys,
  ) {
    this.exposed = isExposed(settings);
  }

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (this.keys.configured) this.demandKey(request, http.getResponse<FastifyReply>());
    else if (this.exposed) throw new ForbiddenException(CLOSED);
    else demandOwnOrigin(request);
    return true;
  }

  private demandKey(request: FastifyRequest, reply: FastifyReply): void {
    const key = this.keys.keyOf(request);
    if (typeof key === 'number') return;
    const error = key === 'wrong' ? ', error="invalid_token"' : '';
    void reply.header('www-authenticate', `Bearer realm="shoal"${error}`);
    throw new UnauthorizedException(
      key === 'none' ? `this needs a key: ${SEND}` : `the key is wrong: ${SEND}`,
    );
  }
}

const SEND = 'send one of SHOAL_API_KEYS as "Authorization: Bearer KEY" or "X-API-Key: KEY"';
const CLOSED =
  'this run can be reached from other machines and has no keys, so that nobody may change anything: ' +
  'start it with SHOAL_API_KEYS, or on loopback';

/**
 * A page of another site may send requests to this machine from its visitor's browser, which names the site in `Origin`. Where keys are
 * needed this is no concern, since the page does not have one.
 */
function demandOwnOrigin({ headers: { origin, host } }: FastifyRequest): void {
  if (origin === undefined || origin === `http://${host}`) return;
  throw new ForbiddenException(
    `a page of ${origin} may not change anything here: use the page at http://${host}, or no browser`,
  );
}
