import { describe, expect, it } from 'vitest';
import { configSecrets, type CustomerConfig } from '../../src/config/index.js';
import { SMALLEST, mistakes, parse } from './helpers.js';

const signed = (rest: string): string => `messages: { signature: { ${rest} } }\n${SMALLEST}`;

describe('messages.signature', () => {
  it('is not asked for by default', () => {
    expect(parse(SMALLEST).messages).toEqual({ signature: null });
    expect(parse(`messages:\n  signature:\n${SMALLEST}`).messages).toEqual({ signature: null });
  });

  it('has a header, whose case does not matter, an algorithm and a secret', () => {
    const { messages } = parse(signed('header: X-Signature, algorithm: SHA-256, secret: s3cret'));
    expect(messages.signature).toEqual({
      header: 'x-signature',
      algorithm: 'SHA-256',
      secrets: ['s3cret'],
    });
  });

  it('may have a previous secret, which stays secret too', () => {
    const config = parse(signed('header: sig, algorithm: SHA-1, secret: new, previousSecret: old'));
    expect(config.messages.signature?.secrets).toEqual(['new', 'old']);
    expect(configSecrets(config)).toEqual(['new', 'old']);
  });

  it.each([
    [
      'header: X-Signature, algorithm: SHA-256',
      'messages.signature.secret: is missing; it must be text without line breaks and other control characters',
    ],
    [
      'header: X-Signature, algorithm: SHA-256, secret: ""',
      'messages.signature.secret: is empty; give the secret, best as ${env:NAME} or ${file:PATH}',
    ],
    [
      'header: X-Signature, algorithm: MD5, secret: s',
      'messages.signature.algorithm: must be one of SHA-1, SHA-256',
    ],
    [
      'header: "X Signature", algorithm: SHA-1, secret: s',
      'messages.signature.header: must be the name of a header, such as X-Signature, not "X Signature"',
    ],
    [
      'header: Authorization, algorithm: SHA-1, secret: s',
      'messages.signature.header: must be a header of its own, such as X-Signature; Authorization has another meaning',
    ],
    [
      'header: X-Signature, algorithm: SHA-1, key: s',
      'messages.signature.key: is not a known key; the keys here are header, algorithm, secret, previousSecret',
    ],
  ])('is refused with the mistake: %s', (text, message) => {
    expect(mistakes(signed(text)).join('\n')).toContain(message);
  });
});

describe('the format of a destination', () => {
  const customer = (destinations: string): CustomerConfig | undefined =>
    parse(
      `customers: [{ id: a, credentials: { type: server-to-server, clientId: c, clientSecret: s, orgId: o }, destinations: ${destinations} }]`,
    ).customers[0];

  it('is a template or a pattern, and unknown by default', () => {
    const { destinations } =
      customer("[{ id: 1, format: tabs }, { id: 2, format: '{user}|{segments:,}' }, { id: 3 }]") ?? {};
    expect(destinations?.map(({ format }) => format)).toEqual(['tabs', '{user}|{segments:,}', null]);
  });

  it('of all discovered destinations counts for those that do not state one', () => {
    const { discovery, destinations } =
      customer('{ discover: true, format: typed, overrides: [{ id: 7 }, { id: 8, format: json }] }') ?? {};
    expect(discovery?.format).toBe('typed');
    expect(destinations?.map(({ format }) => format)).toEqual(['typed', 'json']);
  });

  it.each(['""', '"a\\tb"', '[tabs]', 'spcaes', '"{user} {segment}"', '"{user}{segments}"'])(
    'is refused where it cannot be one: %s',
    (text) => {
      expect(mistakes(`customers: [{ id: a, destinations: [{ id: 1, format: ${text} }] }]`)).toEqual([
        expect.stringContaining(
          'customers[0].destinations[0].format: must be default, spaces, tabs, typed, json, or a pattern such as',
        ),
      ]);
    },
  );
});
