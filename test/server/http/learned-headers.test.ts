import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { LearnedHeaders } from '../../../src/server/http/learned-headers.js';
import {
  KEYS,
  NAMES,
  fastResponses,
  onFastify,
  send,
  sendFull,
  startGateway,
  untilCached,
} from '../fast-path-support.js';

const requestWith = (headers: Record<string, string>): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers });

describe('headers for the fast path', () => {
  it('are learned from a response, without those of that response alone', () => {
    const learned = new LearnedHeaders();
    const request = requestWith({ accept: '*/*' });
    expect(learned.of(request)).toBeUndefined();
    learned.learn(request, () => ({
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': '7',
      'content-length': 12,
      'cache-control': 'private, no-store',
      connection: 'close',
      date: 'now',
    }));
    expect(learned.of(request)).toEqual([
      'content-type',
      'application/json; charset=utf-8',
      'cache-control',
      'private, no-store',
    ]);
  });

  it('are learned once for all requests with the same accept and origin', () => {
    const learned = new LearnedHeaders();
    learned.learn(requestWith({ accept: 'a', origin: 'b' }), () => ({ vary: 'Origin' }));
    const same = requestWith({ accept: 'a', origin: 'b', 'user-agent': 'c' });
    learned.learn(same, () => {
      throw new Error('learned again');
    });
    expect(learned.of(same)).toEqual(['vary', 'Origin']);
    for (const other of [{}, { accept: 'a' }, { origin: 'b' }, { accept: 'b', origin: 'a' }]) {
      expect(learned.of(requestWith(other))).toBeUndefined();
    }
  });

  it.each<[string, Record<string, string | string[] | number>]>([
    ['an unknown header', { 'content-type': 'application/json', 'x-extra': '1' }],
    ['a cookie', { 'set-cookie': 'a=b' }],
    ['retry-after', { 'retry-after': '2' }],
    ['several values of a header', { vary: ['Origin', 'Accept'] }],
  ])('are not learned from a response with %s', (_, headers) => {
    const learned = new LearnedHeaders();
    learned.learn(requestWith({}), () => headers);
    expect(learned.of(requestWith({}))).toBeUndefined();
  });

  it.each<[string, (server: FastifyInstance) => void]>([
    [
      'onRequest',
      (server) => {
        server.addHook('onRequest', (_request, reply, done) => {
          reply.header('x-extra', 'yes');
          done();
        });
      },
    ],
    [
      'onSend',
      (server) => {
        server.addHook('onSend', (_request, reply, _payload, done) => {
          reply.header('x-extra', 'yes');
          done();
        });
      },
    ],
  ])('leave every response to the full path when an %s hook adds an unknown header', async (_, change) => {
    using _subscription = onFastify(change);
    await using gateway = await startGateway();
    for (let turn = 0; turn < 4; turn += 1) {
      expect((await send(gateway, NAMES)).headers).toMatchObject({ 'x-extra': 'yes' });
    }
    expect(await fastResponses(gateway)).toBe(0);
  });

  it.each([
    ['without an origin', {}],
    ['of an allowed origin', { origin: 'https://reports.example.com' }],
    ['of another origin', { origin: 'https://example.com' }],
    ['for the media type of GraphQL', { accept: 'application/graphql-response+json' }],
  ])('are those of the full path for a request %s', async (_, more) => {
    await using gateway = await startGateway({
      listen: { port: 0, cors: ['https://reports.example.com'] },
    });
    const headersAt = async (url: string): Promise<object> => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': KEYS.both, ...more },
        body: JSON.stringify(NAMES),
      });
      await response.text();
      const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
      return headers;
    };
    await untilCached(gateway);
    await sendFull(gateway, NAMES);
    const full = await headersAt(`${gateway.url}?full`);
    await headersAt(gateway.url);
    const before = await fastResponses(gateway);
    expect(await headersAt(gateway.url)).toEqual(full);
    expect(await fastResponses(gateway)).toBe(before + 1);
  });
});
