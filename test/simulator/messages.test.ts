import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendMessage, signatureOf, type OutboundFormat } from '../../src/simulator/index.js';
import { startSimulator } from './support.js';

const AT = Date.UTC(2016, 6, 27, 16, 17, 42);

type Json = Record<string, unknown>;

async function messageOf(
  outbound: OutboundFormat,
): Promise<Json & { Users: (Json & { Segments: Json[] })[] }> {
  const simulator = await startSimulator({ now: () => AT });
  const destination = simulator.destination('acme', 314);
  destination.outbound = outbound;
  destination.mappings.forEach((mapping, index) => (mapping.alias = `alias-${index}`));
  return JSON.parse(simulator.message('acme', 314, { users: 10 })) as never;
}

const DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC 2016$/;

describe('a real-time message', () => {
  it('has the form of the documented sample', async () => {
    const message = await messageOf({ masterDpid: 12345, pidAlias: 'acme7' });
    expect(message).toMatchObject({
      ProcessTime: 'Wed Jul 27 16:17:42 UTC 2016',
      User_DPID: '12345',
      Client_ID: 'acme7',
      AAM_Destination_Id: '314',
      User_count: '10',
    });
    for (const { AAM_UUID, DataPartner_UUID, AAM_Regions, Segments } of message.Users) {
      expect([AAM_UUID, DataPartner_UUID, AAM_Regions]).toEqual([
        expect.stringMatching(/^\d{38}$/),
        expect.any(String),
        ['9'],
      ]);
      for (const segment of Segments) {
        expect(segment).toEqual({
          Segment_ID: expect.stringMatching(/^(809\d\d|9000001)$/),
          Status: expect.stringMatching(/^[01]$/),
          DateTime: expect.stringMatching(DATE),
        });
      }
    }
  });

  it('has integers as the documented table of fields says', async () => {
    const message = await messageOf({ message: 'integers', masterDpid: 12345 });
    expect(message).toMatchObject({ User_DPID: 12345, AAM_Destination_ID: 314, User_count: 10 });
    expect(message).not.toHaveProperty('AAM_Destination_Id');
    const segment = message.Users[0]?.Segments[0];
    expect(segment).toMatchObject({ Segment_ID: expect.any(Number), Status: expect.any(Number) });
  });

  it.each<[string, OutboundFormat, string, RegExp]>([
    ['Segment', { message: 'segment', ids: 'alias' }, 'Segment', /^(alias-\d+|lab-9000001)$/],
    ['Mapping', { message: 'mapping', ids: 'alias' }, 'Mapping', /^(alias-\d+|lab-9000001)$/],
  ])('has the key %s in the form of a partner', async (_what, format, key, pattern) => {
    const message = await messageOf(format);
    expect(message).not.toHaveProperty('User_DPID');
    const segments = message.Users.flatMap(({ Segments }) => Segments);
    for (const segment of segments) expect(segment[key]).toMatch(pattern);
    expect(new Set(segments.map(({ Status }) => Status))).toEqual(new Set(['0', '1']));
  });

  it('has a list of its own for the segments that the user left, in the form of a partner', async () => {
    const { Users } = await messageOf({ message: 'removed' });
    expect(Users.some(({ Removed_Segments: removed }) => (removed as Json[]).length > 0)).toBe(true);
    expect(Users.flatMap(({ Segments }) => Segments).every((segment) => !('Status' in segment))).toBe(true);
  });

  it('has 10 users at most', async () => {
    const simulator = await startSimulator();
    expect(() => simulator.message('acme', 314, { users: 11 })).toThrow(/1 to 10 users/);
  });
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A partner's endpoint that answers with these statuses, one after the other; `null`: not at all. */
async function partner(...statuses: (number | null)[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      const status = statuses.shift();
      if (typeof status === 'number') response.writeHead(status).end('noted');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}

describe('sending a message', () => {
  it('posts JSON, signed over its bytes where that is asked for', async () => {
    const { url, received } = await partner(200);
    const message = '{"name":"桜"}';
    const signature = { header: 'X-Signature', algorithm: 'sha256', secret: 's3cret' } as const;
    const sent = await sendMessage(message, { url, signature, headers: { authorization: 'Bearer k' } });
    expect(sent).toMatchObject({ status: 200, answer: 'noted', attempts: 1 });
    expect(received[0]).toMatchObject({
      body: message,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer k',
        // printf '{"name":"桜"}' | openssl dgst -sha256 -hmac s3cret -binary | base64
        'x-signature': '4Odni4iPhAnj7bx35RQNUGKAlatbPCx2ELYY1i1qh0U=',
      },
    });
    // printf 'POST message content' | openssl dgst -sha1 -hmac s3cret -binary | base64
    expect(signatureOf('POST message content', { algorithm: 'sha1', secret: 's3cret' })).toBe(
      'GhgXuvnjG1NovPgYq1EkIG9duHM=',
    );
  });

  it('repeats a message once that is not answered with 200', async () => {
    const failing = await partner(500, 200);
    expect(await sendMessage('{}', { url: failing.url })).toMatchObject({ status: 200, attempts: 2 });
    const refusing = await partner(204, 403, 200);
    expect(await sendMessage('{}', { url: refusing.url })).toMatchObject({ status: 403, attempts: 2 });
    expect(refusing.received).toHaveLength(2);
  });

  it('says why no answer came', async () => {
    const silent = await partner(null, null);
    expect(await sendMessage('{}', { url: silent.url, timeoutMs: 50 })).toMatchObject({
      status: null,
      answer: 'no answer within 50 ms',
      attempts: 2,
    });
    expect(await sendMessage('{}', { url: 'http://127.0.0.1:9/' })).toMatchObject({
      status: null,
      answer: expect.stringMatching(/ECONNREFUSED|bad port/),
    });
  });
});
