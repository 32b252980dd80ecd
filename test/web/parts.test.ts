import { fastify } from 'fastify';
import { buildSchema, isObjectType } from 'graphql';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { guardCell } from '../../src/import-export/formula-guard.js';
import { Stopping } from '../../src/server/http/stopping.js';
import { PAGE_ADDRESSES } from '../../src/server/routes/page.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { problemOfCode, problemOfResponse } from '../../src/web/app/problem.js';
import { WITHOUT_ID } from '../../src/web/app/types-without-id.js';
import { csvOf, pastedTable } from '../../src/web/parts/csv.js';
import { Format } from '../../src/web/texts/format.js';

describe('the cache of the page', () => {
  it('knows all types of the API that have no ID', async () => {
    const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
    const types = Object.values(schema.getTypeMap()).filter(
      (type) =>
        isObjectType(type) &&
        !type.name.startsWith('_') &&
        !['Query', 'Mutation'].includes(type.name) &&
        !('id' in type.getFields()),
    );
    expect([...WITHOUT_ID]).toEqual(types.map(({ name }) => name).sort());
  });
});

describe('the addresses of the page', () => {
  it('are those that the server knows', async () => {
    const routes = await readFile('src/web/app/routes.ts', 'utf8');
    const addresses = [...routes.matchAll(/path: '([^']+)'/g)].map(([, path]) => path);
    expect([...addresses, '/sign-in'].sort()).toEqual(['/', ...PAGE_ADDRESSES].sort());
  });
});

describe('a problem', () => {
  it('is the size of what was sent where a proxy says so, whose answer is no JSON', () => {
    expect(problemOfResponse(new Response('<html>', { status: 413 }), null).kind).toBe('tooLarge');
  });
});

describe('the problems of the page', () => {
  it('tell a gateway that is being stopped from one that has too much to do', async () => {
    const server = fastify();
    server.addHook('onRequest', (request, _reply, done) => {
      request.operation = { operation: null, outcome: null, codes: [] };
      done();
    });
    const stopping = new Stopping(new Metrics());
    stopping.refuseLate(server);
    server.get('/', () => 'answered');
    stopping.end();
    const { statusCode, headers, body } = await server.inject('/');
    const response = new Response(body, {
      status: statusCode,
      headers: { 'retry-after': String(headers['retry-after']) },
    });
    expect(problemOfResponse(response, JSON.parse(body))).toMatchObject({ kind: 'stopping', retryAfterS: 2 });
    expect(problemOfCode('RATE_LIMITED', 'Rate limit exceeded').kind).toBe('rateLimited');
  });

  it('tell an import that took too long from too much at once', () => {
    expect(problemOfCode('IMPORT_TIMEOUT', 'The import took more than 15 minutes').kind).toBe('tooLong');
  });
});

describe('a time from now', () => {
  const HOUR = 60 * 60_000;

  it.each([
    ['en-GB', 0, 'now'],
    ['en-GB', -90_000, '1 minute ago'],
    // The day before yesterday, by the calendar, if it is told at ten.
    ['en-GB', -47 * HOUR, '1 day ago'],
    ['en-GB', 30 * HOUR, 'in 1 day'],
    ['fr-FR', 0, 'maintenant'],
    ['fr-FR', -47 * HOUR, 'il y a 1 jour'],
  ])('is told in %s without words that depend on the calendar: %i ms', (locale, milliseconds, text) => {
    const now = Date.UTC(2026, 0, 15, 10);
    expect(new Format(locale).fromNow(new Date(now + milliseconds), now)).toBe(text);
  });
});

describe('a table that the page saves', () => {
  const HOSTILE = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    "'=1",
    '\t=1',
    '\r=1',
    '＝1',
    '80920',
    'a,b',
    'a"b',
    'a\nb',
    '',
  ];

  it('is guarded against formulas as the export of the gateway is', () => {
    const text = csvOf(
      ['Name'],
      HOSTILE.map((cell) => [cell]),
    );
    const expected = HOSTILE.map(guardCell).map((cell) =>
      /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    );
    expect(text).toBe(`\ufeff${['Name', ...expected].join('\r\n')}\r\n`);
  });

  it('has a cell for each, on one line, where it is copied', () => {
    expect(
      pastedTable(
        ['ID', 'Name'],
        [
          ['1', 'a\tb\nc'],
          ['2', '=cmd'],
          ['3', null],
        ],
      ),
    ).toBe("ID\tName\n1\ta b c\n2\t'=cmd\n3\t");
  });
});
