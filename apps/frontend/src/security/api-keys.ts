import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { FrontendSettings } from '../settings.js';

/** The keys that this run knows. */
@Injectable()
export class ApiKeys {
  private readonly digests: Buffer[];

  constructor(@Inject(ConfigService) settings: FrontendSettings) {
    this.digests = settings.get('SHOAL_API_KEYS', { infer: true }).map(digestOf);
  }

  get configured(): boolean {
    return this.digests.length > 0;
  }

  /**
   * The place in SHOAL_API_KEYS of the key that a request brings; `none` when it brings no key, `wrong` when any that it
   * brings is unknown. Takes equally long for every key, so that none can be guessed piece by piece.
   */
  keyOf(request: FastifyRequest): number | 'none' | 'wrong' {
    const known = broughtBy(request).map((key) => this.placeOf(key));
    if (known.includes(-1)) return 'wrong';
    return known[0] ?? 'none';
  }

  private placeOf(key: string): number {
    const digest = digestOf(key);
    return this.digests.map((one) => timingSafeEqual(one, digest)).indexOf(true);
  }
}

/** Digest of a key: all have the same length, as timingSafeEqual requires. */
const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** Every value of the two headers: Node would otherwise drop a second `Authorization` and join a second `X-API-Key`. */
function broughtBy({ raw: { headersDistinct } }: FastifyRequest): string[] {
  const { authorization = [], 'x-api-key': plain = [] } = headersDistinct;
  return [...authorization.map((value) => value.replace(/^bearer +/i, '')), ...plain];
}
