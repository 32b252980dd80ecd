import { describe, expect, it } from 'vitest';
import { mistakes, parse, SMALLEST } from './helpers.js';

const DURATION = 'a duration such as 500ms, 10s, 5m, 1h or 7d';
const SIZE = 'a size such as 512KiB, 64MiB or 2GiB';
const whole = (min: number, max: number): string => `must be a whole number from ${min} to ${max}`;

describe('limits', () => {
  it.each([
    ['body', '1KiB', { bodyBytes: 1_024 }],
    ['tokens', '1', { tokens: 1 }],
    ['tokens', '1000000', { tokens: 1_000_000 }],
    ['depth', '1000', { depth: 1_000 }],
    ['aliases', '0', { aliases: 0 }],
    ['directives', '0', { directives: 0 }],
    ['rootFields', '1', { rootFields: 1 }],
    ['batch', '0', { batch: 0 }],
    ['ids', '1000000', { ids: 1_000_000 }],
    ['first', '100000', { first: 100_000 }],
    ['cost', '1000000000', { cost: 1_000_000_000 }],
    ['introspection', 'false', { introspection: false }],
    ['requestTimeout', '10m', { requestTimeoutMs: 600_000 }],
    ['slowestBody', '0', { slowestBody: 0 }],
    ['slowestBody', '1', { slowestBody: 1 }],
    ['requestsPerMinute', '0', { requestsPerMinute: 0 }],
    ['eventLoopDelay', '0', { eventLoopDelayMs: 0 }],
    ['eventLoopDelay', '10ms', { eventLoopDelayMs: 10 }],
  ])('%s may be %s, and the other limits keep their defaults', (key, value, expected) => {
    const { limits } = parse(SMALLEST);
    expect(parse(`limits: { ${key}: ${value} }\n${SMALLEST}`).limits).toEqual({ ...limits, ...expected });
  });

  it.each([
    ['body', '1023', `must be ${SIZE}, at least 1KiB`],
    ['body', '0', `must be ${SIZE}, at least 1KiB`],
    ['body', '1MB', `must be ${SIZE}, at least 1KiB`],
    ['tokens', '0', whole(1, 1_000_000)],
    ['tokens', '1000001', whole(1, 1_000_000)],
    ['tokens', '2e4', whole(1, 1_000_000)],
    ['depth', '0', whole(1, 1_000)],
    ['depth', '1001', whole(1, 1_000)],
    ['aliases', '-1', whole(0, 100_000)],
    ['aliases', '100001', whole(0, 100_000)],
    ['rootFields', '0', whole(1, 100_000)],
    ['batch', '1001', whole(0, 1_000)],
    ['directives', '1.5', whole(0, 100_000)],
    ['ids', '0', whole(1, 1_000_000)],
    ['first', '100001', whole(1, 100_000)],
    ['cost', 'unlimited', whole(1, 1_000_000_000)],
    ['introspection', 'yes', 'must be true or false'],
    ['requestTimeout', '0', `must be ${DURATION}, from 1ms to 10m`],
    ['requestTimeout', '11m', `must be ${DURATION}, from 1ms to 10m`],
    ['slowestBody', 'slow', `must be 0 or ${SIZE}, at least 1`],
    ['requestsPerMinute', '100000001', whole(0, 100_000_000)],
    ['eventLoopDelay', '9ms', `must be 0 or ${DURATION}, from 10ms to 1m`],
    ['eventLoopDelay', '61s', `must be 0 or ${DURATION}, from 10ms to 1m`],
  ])('%s may not be %s', (key, value, expected) => {
    expect(mistakes(`limits: { ${key}: ${value} }\n${SMALLEST}`)).toEqual([
      `limits.${key}: ${expected}, not ${value}`,
    ]);
  });

  it.each([
    [
      'limits: 5',
      'limits: must be a mapping with the keys body, tokens, depth, aliases, rootFields, batch, directives, ids, first, cost, introspection, requestTimeout, slowestBody, requestsPerMinute, eventLoopDelay',
    ],
    [
      'limits: { requestPerMinute: 1 }',
      'limits.requestPerMinute: is not a known key; did you mean requestsPerMinute?',
    ],
    ['limits: { depth: [1] }', `limits.depth: ${whole(1, 1_000)}, not a list`],
    ['limits: { depth: }', `limits.depth: ${whole(1, 1_000)}, not empty`],
  ])('are refused with a message: %s', (text, expected) => {
    expect(mistakes(`${text}\n${SMALLEST}`)).toEqual([expected]);
  });

  it('have their defaults if all of them are commented out', () => {
    expect(parse(`limits:\n  # depth: 1\n${SMALLEST}`)).toEqual(parse(SMALLEST));
  });
});

describe('the settings for browsers and proxies', () => {
  const ORIGIN = 'must be an origin such as https://reports.example.com, without a path';
  const NETWORK = 'must be an IP address or a network such as 10.0.0.0/8';

  it.each([
    ['cors: "*"', 'cors: must be a list of origins'],
    ['cors: ["*"]', `cors[0]: ${ORIGIN}, not "*"`],
    ['cors: ["https://a.example/"]', `cors[0]: ${ORIGIN}, not https://a.example/`],
    ['cors: ["https://a.example/app"]', `cors[0]: ${ORIGIN}, not https://a.example/app`],
    ['cors: ["https://*.example"]', `cors[0]: ${ORIGIN}, not "https://*.example"`],
    ['cors: ["https://b.example", a.example]', `cors[1]: ${ORIGIN}, not a.example`],
    ['cors: ["https://a.example:443"]', `cors[0]: ${ORIGIN}, not https://a.example:443`],
    ['cors: ["file://x"]', `cors[0]: ${ORIGIN}, not file://x`],
    ['cors: ["null"]', `cors[0]: ${ORIGIN}, not null`],
    ['trustProxy: true', 'trustProxy: must be a list of addresses or networks'],
    ['trustProxy: [proxy.internal]', `trustProxy[0]: ${NETWORK}, not proxy.internal`],
    ['trustProxy: [10.0.0.0/33]', `trustProxy[0]: ${NETWORK}, not 10.0.0.0/33`],
    ['trustProxy: ["10.0.0.0/"]', `trustProxy[0]: ${NETWORK}, not 10.0.0.0/`],
    ['trustProxy: [10.0.0.0/8/8]', `trustProxy[0]: ${NETWORK}, not 10.0.0.0/8/8`],
    ['trustProxy: ["::1", "::/129"]', `trustProxy[1]: ${NETWORK}, not ::/129`],
    ['getMaxAge: 999ms', `getMaxAge: must be 0 or ${DURATION}, from 1s to 1d, not 999ms`],
    ['getMaxAge: 25h', `getMaxAge: must be 0 or ${DURATION}, from 1s to 1d, not 25h`],
    ['idleTimeout: 0', `idleTimeout: must be ${DURATION}, from 1s to 1h, not 0`],
    ['idleTimeout: 61m', `idleTimeout: must be ${DURATION}, from 1s to 1h, not 61m`],
    ['sandbox: on', 'sandbox: must be true or false, not on'],
  ])('are refused with a message: %s', (text, expected) => {
    expect(mistakes(`listen: { ${text} }\n${SMALLEST}`)).toEqual([`listen.${expected}`]);
  });

  it('normalize origins as browsers do', () => {
    const { cors } = parse(
      `listen: { cors: ["HTTPS://Reports.Example", "http://localhost:3000", "http://[::1]:8080"] }\n${SMALLEST}`,
    ).listen;
    expect(cors).toEqual(['https://reports.example', 'http://localhost:3000', 'http://[::1]:8080']);
  });

  it('accept IPv4 and IPv6 addresses and networks', () => {
    const text = 'trustProxy: [127.0.0.1, 10.0.0.0/8, 0.0.0.0/0, "::1", "fd00::/8"]';
    expect(parse(`listen: { ${text} }\n${SMALLEST}`).listen.trustProxy).toHaveLength(5);
  });
});
