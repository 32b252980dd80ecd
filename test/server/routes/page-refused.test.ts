import { createServer } from 'node:http';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { webFolder } from '../../../src/base/program-files.js';
import { logRequests } from '../../../src/server/http/request-log.js';
import { traceRequests } from '../../../src/server/http/request-traces.js';
import { Stopping } from '../../../src/server/http/stopping.js';
import { addPageRoutes } from '../../../src/server/routes/page.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Tracing } from '../../../src/telemetry/tracing.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf } from '../../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const TRACING = new Tracing(null);

describe('a page that is not built', () => {
  it('says how to build it, in the log and in its place', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED, gateway: { pages: null } });
    for (const path of ['/', '/search', '/explorer']) {
      const { status, headers, body } = await textOf(await gateway.fetch(path, { headers: BROWSER }));
      expect([status, headers.get('content-type')], path).toEqual([501, 'text/plain; charset=utf-8']);
      expect(headers.get('cache-control'), path).toBe('private, no-store');
      expect(body, path).toContain('npm run build');
    }
    for (const path of ['/nothing', '/assets/index.js']) {
      const { status } = await gateway.fetch(path, { headers: BROWSER });
      expect(status, path).toBe(404);
    }
    expect(warnings(gateway)).toHaveLength(1);
  });

  it('is not missed where the configuration has no page and no explorer', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { listen: { port: 0, page: false, explorer: false } },
      gateway: { pages: null },
    });
    expect(warnings(gateway)).toEqual([]);
  });

  const warnings = (gateway: TestGateway): unknown[] =>
    gateway.log.filter(({ level, msg }) => level === 'warn' && String(msg).includes('not built'));

  const textOf = async (response: Response): Promise<{ status: number; headers: Headers; body: string }> => {
    const { status, headers } = response;
    return { status, headers, body: await response.text() };
  };
});

describe('the page of a gateway that takes only trusted documents', () => {
  const DOCUMENTS = { 'documents.json': JSON.stringify({ first: '{ viewer { name } }' }) };
  const access = (only: boolean): Record<string, unknown> => ({
    apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])],
    trustedDocuments: { file: 'documents.json', only },
  });
  const warnings = (gateway: TestGateway): unknown[] =>
    gateway.log.filter(({ level, msg }) => level === 'warn' && String(msg).includes('permission explore'));

  it('is warned of at the start and at a reload', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: access(false) },
      files: DOCUMENTS,
    });
    expect(warnings(gateway)).toHaveLength(0);
    gateway.reload({ access: access(true) });
    expect(warnings(gateway)).toHaveLength(1);
  });

  it('is not missed where the configuration has no page', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: access(true), listen: { port: 0, page: false } },
      files: DOCUMENTS,
    });
    expect(warnings(gateway)).toHaveLength(0);
  });
});

describe('the page of a gateway that has ended', () => {
  it('is refused as the API is, and health is not', async () => {
    const server = fastify({ serverFactory: (handler) => createServer(handler) });
    const stopping = new Stopping(new Metrics());
    stopping.follow(server);
    traceRequests(server, TRACING);
    logRequests(server, TRACING);
    stopping.refuseLate(server);
    await addPageRoutes(server, {
      listen: { page: true, explorer: false, sandbox: false },
      folder: webFolder(),
    });
    server.get('/health', { config: { always: true } }, () => 'ok');
    await server.ready();
    stopping.end();
    for (const url of ['/search', '/page.json', '/assets/x.js']) {
      expect((await server.inject({ url, headers: BROWSER })).statusCode, url).toBe(503);
    }
    expect((await server.inject({ url: '/health' })).statusCode).toBe(200);
    await server.close();
  });
});
