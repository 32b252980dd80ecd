import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/telemetry/redaction.js';

const SECRETS = [
  'plain-secret',
  'with "quotes" and \\ backslash',
  'spaces & = + % / ? #',
  'tab\tand\nline',
  'Gehäuse-東京-😀',
  '.*+?^${}()|[]\\/-',
  '^start$|(a|b)*',
  '$& $1 $`',
  'dGVzdA==',
];

/** The expected result: looks for every secret at every position. */
function redactedSlowly(text: string, secrets: readonly string[]): string {
  let redacted = '';
  let done = 0;
  for (let position = 0; position < text.length; position += 1) {
    const found = secrets.filter((secret) => text.startsWith(secret, position));
    if (found.length === 0) continue;
    if (position >= done) redacted += `${text.slice(done, position)}[redacted]`;
    done = Math.max(done, position + Math.max(...found.map(({ length }) => length)));
  }
  return redacted + text.slice(done);
}

describe('a redactor', () => {
  it.each(SECRETS)('redacts %j in every encoding', (secret) => {
    const redactor = new Redactor([secret]);
    const form = new URLSearchParams({ password: secret }).toString();
    const texts = [
      secret,
      JSON.stringify({ value: secret }),
      JSON.stringify({ nested: JSON.stringify({ value: secret }) }),
      `https://host/?q=${encodeURIComponent(secret)}`,
      form,
      `Basic ${Buffer.from(secret).toString('base64')}`,
    ];
    expect(texts.map((text) => redactor.redact(text))).toEqual([
      '[redacted]',
      '{"value":"[redacted]"}',
      '{"nested":"{\\"value\\":\\"[redacted]\\"}"}',
      'https://host/?q=[redacted]',
      'password=[redacted]',
      'Basic [redacted]',
    ]);
  });

  it.each(['i', 'id', 'the', 'client'])(
    'redacts a secret in the Base64 of client and secret: %s',
    (client) => {
      const pair = Buffer.from(`${client}:a client secret`).toString('base64');
      const [begin = '', end = ''] = new Redactor(['a client secret'])
        .redact(`Basic ${pair}`)
        .split('[redacted]');
      // A Base64 character may encode bits of the secret and of its neighbour.
      expect(begin.length).toBeLessThanOrEqual(
        'Basic '.length + Math.ceil(((client.length + 1) * 4) / 3) + 1,
      );
      expect(end.length).toBeLessThanOrEqual(4);
    },
  );

  it('does not redact short pieces of Base64', () => {
    expect(new Redactor(['abcd']).redact('YWJj FiY2 hYm')).toBe('YWJj FiY2 hYm');
  });

  it('redacts every occurrence and nothing else', () => {
    const redactor = new Redactor(['hunter22', 'correct horse']);
    expect(redactor.redact('hunter22, hunter2, correct horse; hunter22hunter22 correct')).toBe(
      '[redacted], hunter2, [redacted]; [redacted][redacted] correct',
    );
  });

  it('takes a secret literally, not as a pattern', () => {
    const redactor = new Redactor(['a.c+d', '[a-z]{4}']);
    expect(redactor.redact('abccd a.c+d wxyz [a-z]{4}')).toBe('abccd [redacted] wxyz [redacted]');
  });

  it('returns a text unchanged if it knows no secret', () => {
    expect(new Redactor().redact('{"password":"hunter22"}')).toBe('{"password":"hunter22"}');
  });

  it('redacts the longest of secrets with the same beginning', () => {
    for (const secrets of [
      ['token', 'token-and-more'],
      ['token-and-more', 'token'],
    ]) {
      expect(new Redactor(secrets).redact('token token-and-more')).toBe('[redacted] [redacted]');
    }
  });

  it('redacts the same as a search at every position of the text', () => {
    const word = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom('a', 'b'), { minLength, maxLength }).map((letters) => letters.join(''));
    const secrets = fc.array(word(4, 40), { minLength: 1, maxLength: 4 });
    const text = fc.array(fc.oneof(word(0, 60), fc.constant('-')), { maxLength: 6 });
    fc.assert(
      fc.property(secrets, text, fc.nat(5), (known, pieces, at) => {
        // A random text seldom contains a secret of forty letters, so one is inserted.
        const whole = [...pieces.slice(0, at), known[0], ...pieces.slice(at)].join('');
        expect(new Redactor(known).redact(whole)).toBe(redactedSlowly(whole, known));
      }),
      { numRuns: 2_000 },
    );
  });

  it('redacts a secret that is part of another one', () => {
    const redactor = new Redactor(['abcdefghij', 'defg']);
    expect(redactor.redact('abcdefghij xdefgx')).toBe('[redacted] x[redacted]x');
  });

  it('redacts all of two secrets that overlap', () => {
    const redactor = new Redactor(['head-middle', 'middle-tail']);
    expect(redactor.redact('<head-middle-tail>')).toBe('<[redacted]>');
  });

  it('redacts secrets from when they are added until they are removed', () => {
    const redactor = new Redactor();
    redactor.add('first-secret');
    expect(redactor.redact('first-secret second-secret')).toBe('[redacted] second-secret');
    redactor.add('second-secret');
    expect(redactor.redact('first-secret second-secret')).toBe('[redacted] [redacted]');
    redactor.remove('first-secret');
    expect(redactor.redact('first-secret second-secret')).toBe('first-secret [redacted]');
    redactor.remove('second-secret');
    expect(redactor.redact('first-secret second-secret')).toBe('first-secret second-secret');
  });

  it('redacts a secret until it has been removed as often as it was added', () => {
    const redactor = new Redactor(['shared-secret']);
    redactor.add('shared-secret');
    redactor.remove('shared-secret');
    expect(redactor.redact('shared-secret')).toBe('[redacted]');
    redactor.remove('shared-secret');
    expect(redactor.redact('shared-secret')).toBe('shared-secret');
  });

  it('ignores the removal of an unknown secret', () => {
    const redactor = new Redactor(['known-secret']);
    redactor.remove('unknown-secret');
    expect(redactor.redact('known-secret')).toBe('[redacted]');
  });

  it('does not redact secrets of less than four characters, which would redact ordinary words', () => {
    const redactor = new Redactor(['', 'abc', 'abcd']);
    expect(redactor.redact('abc abcd')).toBe('abc [redacted]');
    redactor.remove('abc');
    expect(redactor.redact('abc abcd')).toBe('abc [redacted]');
  });

  it('redacts a secret with an unpaired surrogate', () => {
    const secret = 'broken-\ud800-pair';
    const redactor = new Redactor([secret]);
    expect(redactor.redact(JSON.stringify(secret))).toBe('"[redacted]"');
  });
});
