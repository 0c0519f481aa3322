import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { Cluster } from './cluster.ts';

const ROUNDS = 40;

/** Sends odd requests, each with new names, paths, methods and headers. */
export async function fuzzRequests({ url, api }: Cluster): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const odd = randomBytes(6).toString('hex');
    await Promise.all([
      api.search(`odd ${odd}`, { routing: odd }),
      api.search('odd'),
      api.search('odd'),
      api.fetch(`/api/suggest?q=${odd}`),
      api.fetch(`/api/search?q=${odd}&${odd}=1`),
      api.fetch(`/api/search?q=odd&from=${round}&timeoutMs=1`),
      api.put(odd, { title: odd, text: 'odd', routing: odd }),
      api.put(odd.toUpperCase(), { title: odd, text: 'odd' }, '?wait=searchable'),
      api.get(odd),
      api.delete(odd),
      api.bulk(`{"id":"bulk ${odd}","title":"odd","text":"odd"}\n{"${odd}":`),
      send(url, 'GET', `/${odd}`),
      send(url, 'GET', `/api/${odd}/${odd}`),
      send(url, 'GET', `/api/documents/%zz${odd}`),
      send(url, 'GET', `/assets/${odd}.js`),
      send(url, 'PUT', `/api/faults/${odd}`),
      send(url, METHODS[round % METHODS.length]!, `/api/search?q=${odd}`),
      send(url, METHODS[round % METHODS.length]!, `/${odd}`, {
        'x-client': odd,
        'user-agent': odd,
        'x-forwarded-for': odd,
      }),
    ]);
  }
}

const METHODS = ['PROPFIND', 'OPTIONS', 'HEAD', 'PATCH', 'SEARCH', 'PURGE', 'POST', 'MKCOL'];

function send(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${path}`, { method, headers, agent: false }, (response) =>
      response.resume().on('end', resolve),
    );
    request.on('error', reject).end();
  });
}
