import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

const cluster = sharedCluster();
const { api } = cluster;

const line = (id: string, text: string, more: object = {}) =>
  JSON.stringify({ id, title: id, text, ...more });

/** A request body whose chunks are generated as it is read. */
function streamOf(chunks: AsyncIterable<string> | Iterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
}

describe('a bulk upload', () => {
  it('stores valid lines and reports the number of each invalid line', async () => {
    const wrong = new Map([
      [17, '{"id":"w17","title":"no text"}'],
      [500, 'not json'],
      [501, '{"id":"","title":"t","text":"t"}'],
      [7_777, '[1,2]'],
      [8_000, `{"id":"w","title":"t","text":"t","fields":{"a":${'['.repeat(3_000)}${']'.repeat(3_000)}}}`],
      [8_001, '{"id":"w","title":"t","text":"t","fields":{"__proto__":{"a":1}}}'],
      [8_002, line('.', 'manifold')],
      [8_003, line('..', 'manifold')],
      [10_000, '{"id":"w","title":"t","text":"t","colour":"red"}'],
    ]);
    const lines = Array.from(
      { length: 10_000 },
      (_, at) => wrong.get(at + 1) ?? line(`many-${at}`, 'manifold'),
    );
    const { status, body } = await api.bulk(lines.join('\n'));
    expect(status).toBe(200);
    expect({ accepted: body.accepted, rejected: body.rejected }).toEqual({ accepted: 9_991, rejected: 9 });
    expect(body.errors.map(({ line }) => line)).toEqual([...wrong.keys()]);
    expect(body.errors.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('text must be a string'),
      expect.stringContaining('not valid JSON'),
      expect.stringContaining('id must not be empty'),
      expect.stringContaining('JSON object'),
      expect.stringContaining('nested at most 100 deep'),
      expect.stringContaining('"__proto__" cannot be stored'),
      expect.stringContaining('must not be "." or ".."'),
      expect.stringContaining('must not be "." or ".."'),
      expect.stringContaining('"colour"'),
    ]);
    await until('all are found', async () => (await api.search('manifold')).total.value === 9_991);
  });

  it('lists 1,000 invalid lines and counts the rest', async () => {
    const { body } = await api.bulk('oops\n'.repeat(1_500));
    expect(body).toMatchObject({ accepted: 0, rejected: 1_500 });
    expect(body.errors).toHaveLength(1_000);
  });

  it('reports a last line that is cut off', async () => {
    const { body } = await api.bulk(`${line('cut-1', 'cutting')}\n${line('cut-2', 'cutting').slice(0, -9)}`);
    expect(body).toMatchObject({ accepted: 1, rejected: 1, errors: [{ line: 2 }] });
    await until('the complete document is found', async () => (await api.found('cutting'))[0] === 'cut-1');
  });

  it('accepts CRLF and skips blank lines but counts them', async () => {
    const { body } = await api.bulk(
      `\r\n${line('crlf-1', 'returning')}\r\n\n  \r\n${line('crlf-2', 'returning')}\r\nx`,
    );
    expect(body).toMatchObject({ accepted: 2, rejected: 1, errors: [{ line: 6 }] });
  });

  it('accepts an empty body', async () => {
    expect((await api.bulk('')).body).toEqual({ accepted: 0, rejected: 0, errors: [] });
  });

  it('rejects lines that are too long and stores the others', async () => {
    const long = line('long', 'w'.repeat(3_000_000));
    const large = line('large', 'w'.repeat(300_000));
    const { body } = await api.bulk(
      [line('short-1', 'brief'), long, large, line('short-2', 'brief')].join('\n'),
    );
    expect(body).toMatchObject({ accepted: 2, rejected: 2 });
    expect(body.errors).toEqual([
      { line: 2, detail: expect.stringContaining('split') },
      { line: 3, detail: expect.stringContaining('at most 262144') },
    ]);
    await until('the other lines are found', async () => (await api.found('brief')).length === 2);
  });

  it('keeps the last version when one id occurs repeatedly', async () => {
    const versions = Array.from({ length: 1_000 }, (_, at) => line('same', `version${at}`));
    expect((await api.bulk(versions.join('\n'))).body.accepted).toBe(1_000);
    await until('the last version is found', async () => (await api.found('version999')).length === 1);
    expect((await api.search('version0 version1 version500 version998')).total.value).toBe(0);
    expect((await api.get('same')).body).toMatchObject({ text: 'version999' });
  });

  it('waits for a slow client within a line and a character', async () => {
    const bytes = new TextEncoder().encode(`${line('slow-1', 'träge')}\n${line('slow-2', 'träge 🐌')}\n`);
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const byte of bytes) {
          controller.enqueue(Uint8Array.of(byte));
          await new Promise(setImmediate);
        }
        controller.close();
      },
    });
    expect((await api.bulk(body)).body).toEqual({ accepted: 2, rejected: 0, errors: [] });
    await until('both are found', async () => (await api.found('träge')).length === 2);
    expect((await api.get('slow-2')).body).toMatchObject({ text: 'träge 🐌' });
  });

  it('keeps complete lines when the client disconnects', async () => {
    const gone = new AbortController();
    async function* half() {
      yield `${Array.from({ length: 2_000 }, (_, at) => line(`gone-${at}`, 'vanishing')).join('\n')}\n`;
      await until(
        'the first documents are found',
        async () => (await api.search('vanishing')).total.value > 0,
      );
      gone.abort();
    }
    const sending = fetch(`${api.url}/api/documents`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: streamOf(half()),
      duplex: 'half',
      signal: gone.signal,
    });
    await expect(sending).rejects.toThrow('aborted');
    expect((await api.bulk(line('after', 'afterwards'))).body.accepted).toBe(1);
  });

  it('uses no more frontend memory when the body is larger', async () => {
    const { url = '' } = cluster.process('frontend-0');
    const small = await peakMemory(url, () => api.bulk(streamOf(largeLines(1_000))));
    const large = await peakMemory(url, () => api.bulk(streamOf(largeLines(6_000))));
    expect(large.result.body).toEqual({ accepted: 6_000, rejected: 0, errors: [] });
    // The large body has 108 MB and the small one 18 MB. Garbage that is not yet collected makes a difference.
    expect(large.megabytes - small.megabytes).toBeLessThan(70);
    await until('the last versions are found', async () => (await api.found('bulky5999')).length === 1);
  });
});

/** Generates lines of 18 kB with little text to index: versions of few documents, so that shards stay small. */
function* largeLines(count: number): Generator<string> {
  const fields = { padding: 'p'.repeat(17_900) };
  for (let at = 0; at < count; at += 50) {
    const chunk = Array.from({ length: 50 }, (_, i) => line(`bulky-${i}`, `bulky${at + i}`, { fields }));
    yield `${chunk.join('\n')}\n`;
  }
}

/** Returns the peak memory of a process during some work, from its metrics. */
async function peakMemory<T>(url: string, work: () => Promise<T>): Promise<{ result: T; megabytes: number }> {
  const ended = new AbortController();
  const result = work().finally(() => ended.abort());
  let megabytes = 0;
  while (!ended.signal.aborted) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [, bytes] = /^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(metrics) ?? [];
    megabytes = Math.max(megabytes, Number(bytes) / 1e6);
    await sleep(50);
  }
  return { result: await result, megabytes };
}
