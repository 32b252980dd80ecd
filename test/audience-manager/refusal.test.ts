import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/audience-manager/index.js';
import { ownWords, parseRefusal } from '../../src/audience-manager/refusal.js';
import { Redactor } from '../../src/telemetry/redaction.js';

const ACCOUNT: Account = {
  type: 'password',
  baseUrl: 'https://aam.example/v1',
  tokenUrl: 'https://aam.example/oauth/token',
  clientId: 'partner-client-20914',
  clientSecret: 'partner  secret',
  username: 'acme-readonly-2024',
  password: 'p&ß "w" %',
};

const said = (text: string, redactor = new Redactor()): string =>
  ownWords({ code: null, text }, ACCOUNT, redactor);

describe('the reason of a refusal', () => {
  it.each([
    [{ error: 'invalid_grant', error_description: 'Bad credentials' }, 'invalid_grant', 'Bad credentials'],
    [{ error_code: '403003', message: 'Api Key is invalid' }, '403003', 'Api Key is invalid'],
    [{ error_code: 403003, message: 'Api Key is invalid' }, '403003', 'Api Key is invalid'],
    [{ code: 'FORBIDDEN', message: 'No access' }, 'FORBIDDEN', 'No access'],
    [{ error: { code: 'x', message: 'Inside' } }, 'x', 'Inside'],
    [{ error: 'invalid_scope' }, 'invalid_scope', null],
    [{ message: 'Only words' }, null, 'Only words'],
  ])('is read from %j', (body, code, text) => {
    expect(parseRefusal(Buffer.from(JSON.stringify(body)))).toEqual({ code, text });
  });

  it('is told apart if it is a web page', () => {
    expect(parseRefusal(Buffer.from('<html>Forbidden</html>'))).toEqual({
      code: null,
      text: null,
      isPage: true,
    });
  });

  it.each(['', 'Forbidden', '[]', 'null', '17', '"text"', '{}', '{"error":["x"],"message":{}}'])(
    'is not there in %j',
    (body) => {
      expect(parseRefusal(Buffer.from(body))).toBeNull();
    },
  );

  it('is not read from a body of more than 16 KiB', () => {
    const body = (length: number): Buffer => Buffer.from(JSON.stringify({ message: 'x'.repeat(length) }));
    expect(parseRefusal(body(16_000))).not.toBeNull();
    expect(parseRefusal(body(16_384))).toBeNull();
  });
});

describe('what is repeated of a refusal', () => {
  it('is its code if that is a known one, and its text', () => {
    const words = (code: string | null, text: string | null): string =>
      ownWords({ code, text }, ACCOUNT, new Redactor());
    expect(words('invalid_grant', 'Bad credentials')).toBe(': invalid_grant, “Bad credentials”');
    expect(words('invalid_grant', null)).toBe(': invalid_grant');
    expect(words('p&ß "w" %', 'Bad credentials')).toBe(': “Bad credentials”');
    expect(words(null, null)).toBe('');
    expect(ownWords(null, ACCOUNT, new Redactor())).toBe('');
  });

  it.each(['Forbidden', 'forbidden.', 'Bad Request', 'Unauthorized', 'Not Found', '', ' \n '])(
    'is not %j, which the status says already',
    (text) => {
      expect(said(text)).toBe('');
    },
  );

  it('keeps the names of the user and of the client', () => {
    expect(said('User acme-readonly-2024 of partner-client-20914 is locked')).toBe(
      ': “User acme-readonly-2024 of partner-client-20914 is locked”',
    );
    expect(said('reader-2024-05@acme.example is locked')).toBe(': “reader-2024-05@acme.example is locked”');
  });

  it.each([
    ['the password', 'No p&ß "w" % here'],
    ['the password in a URL', `No ${encodeURIComponent(ACCOUNT.password)} here`],
    ['the client secret', 'No partner  secret here'],
    ['a token that the gateway holds', 'No held here', 'held'],
    ['a secret that is spread over lines', 'No secret in\nlines here', 'secret in\nlines'],
    ['a UUID', 'No 28fe2b71-77a1-4f0e-9d1b-0c8b5e1a2f3d here'],
    ['a JSON Web Token', `No ${'eyJhbGciOiJSUzI1NiJ9.'.repeat(3)}x here`],
    ['Base64', 'No cGFzc3dvcmQxMjM0NTY3OA== here'],
  ])('has no secret: %s', (_what, text, secret = 'unused') => {
    expect(said(text, new Redactor([secret]))).toBe(': “No [redacted] here”');
  });

  it('has no control characters, and nothing that turns the line round', () => {
    expect(said('a\u0000b\r\n\u202ec\u2028d\ufeffe\ud800f\u0007')).toBe(': “a b c d e f”');
  });

  it('has 200 characters at most, and no piece of a secret at its end', () => {
    const long = '🛒'.repeat(250);
    expect(Array.from(said(long))).toHaveLength(200 + ': “…”'.length);
    const text = `${'a '.repeat(95)}${ACCOUNT.password.repeat(5)}`;
    for (let length = 3; length < ACCOUNT.password.length; length++) {
      expect(said(text)).not.toContain(ACCOUNT.password.slice(0, length));
    }
  });
});
