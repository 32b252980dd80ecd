import { describe, expect, it } from 'vitest';
import { decodeBody, decodeLeniently } from '../../src/audience-manager/charset.js';
import { AudienceManagerError } from '../../src/audience-manager/index.js';
import type { Fault } from '../../src/simulator/index.js';
import {
  ACME,
  failureOf,
  logged,
  readDestination,
  startLoggedIn,
  startUpstream,
  type Upstream,
} from '../support/upstream.js';

const JSON_TYPE = 'application/json';
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

function failureToDecode(body: Uint8Array, contentType?: string | string[]): AudienceManagerError {
  try {
    const text = decodeBody(body, contentType, 'a token');
    throw new Error(`decoded: ${text}`);
  } catch (error) {
    expect(error).toBeInstanceOf(AudienceManagerError);
    return error as AudienceManagerError;
  }
}

describe('a body', () => {
  it.each<[string, string | string[] | undefined, Uint8Array, string]>([
    ['UTF-8 without a content-type', undefined, Buffer.from('"Süß 😀"'), '"Süß 😀"'],
    ['UTF-8 that says so', 'application/json;charset=UTF-8', Buffer.from('"ä"'), '"ä"'],
    ['UTF-8 with a byte order mark', JSON_TYPE, Buffer.from('\ufeff"ä"'), '"ä"'],
    ['UTF-8 that a proxy calls Latin-1', 'text/html; charset=ISO-8859-1', Buffer.from('"é€"'), '"é€"'],
    ['UTF-8 that a proxy calls ASCII', 'text/plain; charset=us-ascii', Buffer.from('"é"'), '"é"'],
    ['UTF-8 in a charset that nobody knows', 'text/plain; charset=klingon-1', Buffer.from('"é"'), '"é"'],
    ['Latin-1 that says so', 'application/json; charset=iso-8859-1', latin1('"Café"'), '"Café"'],
    ['Latin-1 with a quoted name', 'application/json; charset="ISO-8859-1"; x=1', latin1('"ß"'), '"ß"'],
    ['Latin-1 in a repeated header', ['a/b', 'a/b;charset=latin1'], latin1('"ß"'), '"ß"'],
    [
      'Windows-1252',
      'a/b; charset=windows-1252',
      Uint8Array.of(34, 0x80, 0x93, 0x9f, 0x81, 34),
      '"€“Ÿ\u0081"',
    ],
    ['Windows-1251', 'a/b; charset=windows-1251', Uint8Array.of(34, 0xcf, 0xf0, 34), '"Пр"'],
    ['Shift_JIS', 'a/b; charset=Shift_JIS', Uint8Array.of(34, 0x93, 0xfa, 34), '"日"'],
    // In GBK, these bytes are two characters; in UTF-8, they are one.
    ['GBK that could be UTF-8', 'a/b; charset=gbk', Uint8Array.of(0xe6, 0xa1, 0x9c, 0x41), '妗淎'],
    ['UTF-16LE', 'a/b; charset=utf-16le', Buffer.from('"日"', 'utf16le'), '"日"'],
    ['UTF-16 with a byte order mark', 'a/b; charset=utf-16', Buffer.from('\ufeff"日"', 'utf16le'), '"日"'],
    ['UTF-16BE', 'a/b; charset=utf-16be', utf16be('"日"'), '"日"'],
  ])('is decoded: %s', (_what, contentType, body, text) => {
    expect(decodeBody(body, contentType, 'a token')).toBe(text);
  });

  it.each<[string, string | undefined, Uint8Array, string]>([
    ['Latin-1 that says nothing', undefined, latin1('"Café"'), 'is not valid UTF-8'],
    ['Latin-1 that says UTF-8', 'a/b; charset=utf-8', latin1('"Café"'), 'is not valid UTF-8'],
    ['half a character', JSON_TYPE, Buffer.from('"é').subarray(0, 2), 'is not valid UTF-8'],
    ['half a surrogate pair', JSON_TYPE, Uint8Array.of(34, 0xed, 0xa0, 0x80, 34), 'is not valid UTF-8'],
    ['UTF-16 that is not named', JSON_TYPE, Buffer.from('\ufeff"a"', 'utf16le'), 'is not valid UTF-8'],
    ['odd UTF-16', 'a/b; charset=utf-16le', Uint8Array.of(34, 0, 34), 'is not valid utf-16le'],
    ['broken Shift_JIS', 'a/b; charset=sjis', Uint8Array.of(34, 0x93, 34), 'is not valid shift_jis'],
    ['an unknown charset', 'a/b; charset=utf-32', latin1('é'), 'does not know the charset utf-32'],
  ])('is refused: %s', (_what, contentType, body, reason) => {
    const { code, message } = failureToDecode(body, contentType);
    expect(code).toBe('AAM_BAD_RESPONSE');
    expect(message).toContain('Audience Manager sent a token that ');
    expect(message).toContain(reason);
    expect(message).toContain('Ask Adobe, or who runs the proxy in between, to send UTF-8');
  });

  it('has its charset repeated only if that is a plain and short name', () => {
    for (const name of ['x'.repeat(41), 'a\u0007b', '<b>']) {
      const { message } = failureToDecode(latin1('é'), `a/b; charset=${name}`);
      expect(message).not.toContain('charset x');
      expect(message).not.toMatch(/\p{Cc}|</u);
      expect(message.length).toBeLessThan(250);
    }
  });

  it('of a refusal is read as well as it can be', () => {
    expect(decodeLeniently(latin1('Café'), 'a/b; charset=latin1')).toBe('Café');
    expect(decodeLeniently(latin1('Café'), undefined)).toBe('Caf\ufffd');
  });
});

/** Has the simulator send Latin-1 without saying so, or as something else. */
function latinOne(upstream: Upstream, endpoint: Fault['endpoint'], contentType?: string): void {
  upstream.simulator.fault({
    ...(endpoint && { endpoint }),
    action: {
      kind: 'bytes',
      transform: (bytes) => latin1(bytes.toString()),
      ...(contentType !== undefined && { contentType }),
    },
  });
}

describe('an answer that is not UTF-8', () => {
  const start = async (): Promise<Upstream> => {
    const upstream = await startLoggedIn();
    upstream.simulator.destination('acme', 314).name = 'Café';
    upstream.simulator.edit('acme', 314, { change: 1001, fields: { name: 'Crème brûlée' } });
    return upstream;
  };

  it('is AAM_BAD_RESPONSE for a listing, after one call', async () => {
    const upstream = await start();
    latinOne(upstream, 'mappings');
    const error = await failureOf(upstream.client.listMappings(upstream.account('acme'), '314'));
    expect(error.code).toBe('AAM_BAD_RESPONSE');
    expect(error.message).toContain('Audience Manager sent a list of mappings that is not valid UTF-8');
    expect(upstream.simulator.count({ endpoint: 'mappings' })).toBe(1);
    expect(logged(upstream, 'error')).toEqual([]);
  });

  it('is AAM_BAD_RESPONSE for a destination', async () => {
    const upstream = await start();
    latinOne(upstream, 'destination');
    const error = await failureOf(readDestination(upstream));
    expect(error.code).toBe('AAM_BAD_RESPONSE');
    expect(error.message).toContain('Audience Manager sent a destination that is not valid UTF-8');
  });

  it('is AAM_BAD_RESPONSE for a token', async () => {
    const upstream = await startUpstream({ customers: [ACME] });
    upstream.simulator.fault({
      endpoint: 'token',
      action: {
        kind: 'bytes',
        transform: (bytes) => Buffer.concat([bytes.subarray(0, -1), latin1(',"é":1}')]),
      },
    });
    const error = await failureOf(upstream.tokens.get(upstream.account('acme')));
    expect(error.code).toBe('AAM_BAD_RESPONSE');
    expect(error.message).toContain('Audience Manager sent a token answer that is not valid UTF-8');
    expect(upstream.simulator.count()).toBe(1);
  });

  it('is read in the charset that it names', async () => {
    const upstream = await start();
    latinOne(upstream, undefined, 'application/json; charset=ISO-8859-1');
    const { mappings } = await upstream.client.listMappings(upstream.account('acme'), '314');
    expect([...mappings].map(({ name }) => name)).toEqual(['Crème brûlée', 'Segment 2', 'Segment 3']);
    expect((await readDestination(upstream)).name).toBe('Café');
  });
});
