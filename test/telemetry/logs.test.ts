import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LOG_LEVELS } from '../../src/telemetry/log-levels.js';
import { createLogger, type Logger, type LogOptions } from '../../src/telemetry/logs.js';
import { terminalSink } from '../../src/telemetry/terminal-sink.js';
import { Redactor } from '../../src/telemetry/redaction.js';

interface Capture {
  readonly logger: Logger;
  readonly lines: string[];
  /** The latest line. */
  readonly last: () => Record<string, unknown>;
}

function capture(options: Partial<LogOptions> = {}): Capture {
  const lines: string[] = [];
  const logger = createLogger({
    redactor: new Redactor(),
    sink: { write: (line) => lines.push(line) },
    ...options,
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

describe('a log line', () => {
  it('is one JSON object with a time and a level name, without process ID and host name', () => {
    const { logger, lines, last } = capture();
    logger.warn({ customer: 'acme' }, 'line\nof two');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      customer: 'acme',
      msg: 'line\nof two',
    });
  });

  it.each([
    'password',
    'clientSecret',
    'authorization',
    'access_token',
    'refresh_token',
    'accessToken',
    'refreshToken',
    'x-api-key',
    'cookie',
  ])('redacts the property %s at every depth of a log object', (name) => {
    const { logger, lines, last } = capture();
    const secret = { [name]: 'hidden' };
    logger.info(
      { ...secret, one: secret, list: [secret], a: { b: secret, c: { d: secret } }, beside: 'shown' },
      'x',
    );
    const blank = { [name]: '[redacted]' };
    expect(last()).toMatchObject({
      ...blank,
      one: blank,
      list: [blank],
      a: { b: blank, c: { d: blank } },
      beside: 'shown',
    });
    expect(lines.join('')).not.toContain('hidden');
  });

  it('does not change the object that was logged', () => {
    const { logger } = capture();
    const account = { password: 'hidden', nested: { password: 'hidden' } };
    logger.info({ account }, 'x');
    expect(account).toEqual({ password: 'hidden', nested: { password: 'hidden' } });
  });

  it('keeps message, cause and stack of an error with a secret property', () => {
    const { logger, last } = capture();
    const error = Object.assign(new RangeError('it failed', { cause: new Error('for a reason') }), {
      config: { password: 'hidden', host: 'shown' },
    });
    logger.error({ err: error }, 'x');
    expect(last()['err']).toMatchObject({
      type: 'RangeError',
      message: 'it failed: for a reason',
      stack: expect.stringMatching(/RangeError: it failed\n +at .*\.ts/) as string,
      config: { password: '[redacted]', host: 'shown' },
    });
    logger.error(error);
    expect(last()['err']).toMatchObject({ type: 'RangeError', config: { password: '[redacted]' } });
    expect(error.config.password).toBe('hidden');
  });

  it('redacts known secrets anywhere in the line', () => {
    const redactor = new Redactor(['s3cr"et&more']);
    const { logger, lines } = capture({ redactor });
    const error = new Error('login with s3cr"et&more failed', { cause: new Error('s3cr"et&more') });
    logger.info('s3cr"et&more');
    logger.child({ bound: 's3cr"et&more' }).info({ deep: { a: { b: { c: ['s3cr"et&more'] } } } }, 'x');
    logger.error({ err: error }, 'x');
    logger.error(error);
    logger.info({ url: `https://host/?p=${encodeURIComponent('s3cr"et&more')}` }, 'x');
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(line).toContain('[redacted]');
      expect(line).not.toContain('more');
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });

  it('redacts a secret that was added after the logger was created', () => {
    const redactor = new Redactor();
    const { logger, last } = capture({ redactor });
    redactor.add('a-new-token');
    logger.info('a-new-token');
    expect(last()['msg']).toBe('[redacted]');
  });
});

/** Characters that would control a terminal, or turn the direction of its text. */
const HOSTILE = '\u001b[2J \u007f \u009b2J \u0085 \u2028 \u2029 \u202e \u2066 \u200f \u0007 \b \r \ud800';
const RAW = /(?!\n)\p{Cc}|[\p{Zl}\p{Zp}\p{Surrogate}\u202e\u2066\u200f]/u;

describe('a character that would control a terminal', () => {
  it('is escaped in a line of JSON, which stays the same data', () => {
    const { logger, lines, last } = capture();
    logger.info({ caller: HOSTILE, [HOSTILE]: 1, nested: { list: [HOSTILE] } }, HOSTILE);
    expect(lines[0]?.slice(0, -1)).not.toMatch(RAW);
    expect(last()).toMatchObject({
      caller: HOSTILE,
      [HOSTILE]: 1,
      nested: { list: [HOSTILE] },
      msg: HOSTILE,
    });
  });

  it('is text in a line for a terminal', () => {
    let shown = '';
    const terminal = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        shown += chunk.toString();
        done();
      },
    });
    const { logger } = capture({ sink: terminalSink(terminal) });
    logger.info({ caller: HOSTILE, path: 'C:\\u001b', [HOSTILE]: 1, nested: { list: [HOSTILE] } }, HOSTILE);
    logger.error({ err: new Error(HOSTILE) }, 'it failed');
    const withoutColours = stripVTControlCharacters(shown);
    expect(withoutColours.length).toBeLessThan(shown.length);
    expect(withoutColours).not.toMatch(RAW);
    expect(withoutColours).toContain('\\u001b[2J');
    expect(withoutColours).toContain('\\u009b2J');
  });
});

describe('the level', () => {
  it('is info by default', () => {
    const { logger, lines } = capture();
    logger.debug('x');
    expect(lines).toEqual([]);
    logger.info('x');
    expect(lines).toHaveLength(1);
  });

  it.each(LOG_LEVELS)('%s logs lines of the same and of more severe levels', (level) => {
    const { logger, lines } = capture({ level });
    for (const each of LOG_LEVELS) if (each !== 'silent') logger[each]('x');
    const levels = lines.map((line) => (JSON.parse(line) as { level: string }).level);
    expect(levels).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)).filter((each) => each !== 'silent'));
  });
});
