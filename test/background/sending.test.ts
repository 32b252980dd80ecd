import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ByteBudget, openSender, type Sender, type SenderOptions } from '../../src/audience-manager/index.js';
import { Background } from '../../src/background/index.js';
import { serve } from './serve.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';

const OPTIONS: SenderOptions = { outbound: { ca: null, proxy: null, noProxy: [] }, connections: 4 };
const MORTAL = new URL('mortal-worker.mjs', import.meta.url);

function inThread(url?: URL): Background {
  const logger = createLogger({ redactor: new Redactor(), level: 'silent' });
  const background = new Background({ ...OPTIONS, logger, ...(url && { url }) });
  onTestFinished(() => background.close());
  return background;
}

function here(): Sender {
  const sender = openSender(OPTIONS);
  onTestFinished(() => sender.close());
  return sender;
}

const get = (url: string) => ({ method: 'GET', url, headers: { accept: 'application/json' } }) as const;
const limits = (maxBytes = 1_000, signal = new AbortController().signal) => ({ maxBytes, signal });

describe.each([
  ['this thread', here],
  ['the background thread', () => inThread()],
])('a request from %s', (_, open) => {
  it('is answered with status, headers and body', async () => {
    const bodies: string[] = [];
    const { url } = await serve((request, response) => {
      request.on('data', (piece: Buffer) => bodies.push(`${request.method} ${piece.toString()}`));
      request.on('end', () => response.writeHead(418, { 'x-kind': 'teapot' }).end('short and stout'));
    });
    const request = {
      method: 'POST',
      url,
      headers: { 'content-type': 'text/plain' },
      body: 'tip me',
    } as const;
    const result = await open().send(request, limits());
    expect(result).toMatchObject({
      kind: 'response',
      response: { status: 418, headers: { 'x-kind': 'teapot' } },
    });
    expect(result.kind === 'response' && Buffer.from(result.response.body).toString()).toBe(
      'short and stout',
    );
    expect(bodies).toEqual(['POST tip me']);
  });

  it('can be ended while it waits, which closes its connection', async () => {
    const { url, asked, closed } = await serve(() => undefined);
    const controller = new AbortController();
    const sent = open().send(get(url), limits(1_000, controller.signal));
    await asked;
    controller.abort();
    expect((await sent).kind).toBe('network');
    await closed;
  });

  it('that was ended before it began is not sent', async () => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const sender = open();
    expect((await sender.send(get(url), limits(1_000, AbortSignal.abort()))).kind).toBe('network');
    expect((await sender.send(get(url), limits())).kind).toBe('response');
    expect(requests).toBe(1);
  });

  it.each([
    ['as it is', 'identity', Buffer.alloc(2_000)],
    ['compressed', 'gzip', gzipSync(Buffer.alloc(2_000))],
  ])('whose answer is too long %s is not read to the end', async (_kind, encoding, body) => {
    const { url, closed } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      // Never ended: to wait for the end would be to wait for ever.
      response.write(body);
    });
    expect(await open().send(get(url), limits(1_000))).toEqual({ kind: 'too_large' });
    await closed;
  });

  it('for a page takes from the budget of its listing, together with the other pages', async () => {
    const body = JSON.stringify([{ destinationMappingId: 1, elementName: 'x'.repeat(400) }]);
    const { url } = await serve((_request, response) => response.end(body));
    const sender = open();
    const budget = new ByteBudget(10 * body.length);
    const page = () => sender.fetchPage(get(url), { ...limits(), budget });
    const results = [];
    // The body of each page counts, and what is made of it, which is a little less here.
    for (let count = 0; count < 7; count++) results.push(await page());
    const bodies = results.map((result) => (result.kind === 'response' ? result.response.body : result.kind));
    expect(
      bodies.slice(0, 5).every((each) => each !== null && typeof each === 'object' && 'page' in each),
    ).toBe(true);
    expect(bodies.slice(5).filter((each) => each === 'listing_too_large').length).toBeGreaterThan(0);
    expect(results.at(-1)).toEqual({ kind: 'listing_too_large', limit: 10 * body.length });
    expect(await sender.fetchPage(get(url), limits())).toMatchObject({ kind: 'response' });
  });

  it('for a page whose segments do not fit into the budget says so as its body', async () => {
    const body = JSON.stringify([{ destinationMappingId: 1 }]);
    const { url } = await serve((_request, response) => response.end(body));
    const limit = body.length + 1;
    expect(await open().fetchPage(get(url), { ...limits(), budget: new ByteBudget(limit) })).toMatchObject({
      response: { body: { error: expect.stringContaining('audienceManager.listingLimit') as string } },
    });
  });

  it('for a page is decoded as its content-type says', async () => {
    const body = JSON.stringify([{ destinationMappingId: 1, elementName: 'Café' }]);
    const { url } = await serve((request, response) => {
      const charset = request.url === '/named' ? '; charset=latin1' : '';
      response.setHeader('content-type', `application/json${charset}`).end(Buffer.from(body, 'latin1'));
    });
    const sender = open();
    const named = await sender.fetchPage(get(`${url}named`), limits());
    const page = named.kind === 'response' && named.response.body;
    expect(page && 'page' in page && page.page.mappings.at(0)?.name).toBe('Café');
    expect(await sender.fetchPage(get(url), limits())).toMatchObject({
      response: { body: { error: expect.stringContaining('is not valid UTF-8') as string } },
    });
  });

  it('whose answer is no gzip though it says so is undecodable', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain');
    });
    expect(await open().send(get(url), limits())).toEqual({ kind: 'undecodable' });
  });

  it('to nobody says so by a code', async () => {
    const { url } = await serve(() => undefined);
    const nobody = new URL(url);
    nobody.port = '1';
    expect(await open().send(get(nobody.href), limits())).toEqual({
      kind: 'network',
      reason: expect.stringContaining('ECONNREFUSED') as string,
      lasting: false,
    });
  });
});

it('a request that the background thread dies under has found no network, and the next one is sent by another', async () => {
  const { url, asked } = await serve((request, response) => {
    if (request.url === '/again') response.end('[]');
  });
  const background = inThread(MORTAL);
  const sent = background.send(get(url), limits());
  await asked;
  const dying = background.fetchPage(get(`${url}EXIT`), limits());
  expect(await dying).toMatchObject({ reason: 'the background thread has ended' });
  expect(await sent).toEqual({ kind: 'network', reason: 'the background thread has ended', lasting: false });
  expect(await background.send(get(`${url}again`), limits())).toMatchObject({ response: { status: 200 } });
});

it('nothing is sent once the background thread is closed', async () => {
  const { url } = await serve((_request, response) => response.end());
  const background = inThread();
  await background.close();
  expect((await background.send(get(url), limits())).kind).toBe('network');
});
