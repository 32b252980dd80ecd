import { describe, expect, it } from 'vitest';
import { isForeignPage } from '../../../src/server/http/foreign-pages.js';

const ALLOWED = 'https://reports.example.com';

describe('a web page that sends a file', () => {
  it.each([
    ['of the same host', { origin: 'https://names.example.com' }, 'names.example.com', false],
    ['of the same host and port', { origin: 'http://localhost:4000' }, 'LOCALHOST:4000', false],
    [
      'of the same host, whose port is named',
      { origin: 'https://names.example.com' },
      'names.example.com:443',
      false,
    ],
    ['of the same IPv6 address', { origin: 'http://[::1]' }, '[::1]:80', false],
    [
      'that is ours by what the browser says, behind a proxy that changes Host',
      { origin: 'https://names.example.com', 'sec-fetch-site': 'same-origin' },
      'gateway-1:4000',
      false,
    ],
    [
      'of another site that may',
      { origin: ALLOWED, 'sec-fetch-site': 'cross-site' },
      'names.example.com',
      false,
    ],
    ['of another port', { origin: 'http://localhost:3000' }, 'localhost:4000', true],
    ['of another host', { origin: 'https://evil.example' }, 'names.example.com', true],
    [
      'of another part of the same site',
      { origin: 'https://evil.example.com', 'sec-fetch-site': 'same-site' },
      'names.example.com',
      true,
    ],
    ['without an origin that can be named', { origin: 'null' }, 'names.example.com', true],
  ])('%s', (_, headers, host, isForeign) => {
    expect(isForeignPage({ headers, host }, [ALLOWED])).toBe(isForeign);
  });

  it('is told from programs, which name no origin', () => {
    expect(isForeignPage({ headers: {}, host: 'names.example.com' }, [])).toBe(false);
  });
});
