import type { FastifyRequest } from 'fastify';

/** The template of a request's route, as `/api/documents/:id`. @returns undefined when there is none */
export function routeOf({
  is404,
  routeOptions,
}: Pick<FastifyRequest, 'is404' | 'routeOptions'>): string | undefined {
  return is404 ? undefined : routeOptions.url;
}
