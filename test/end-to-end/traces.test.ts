import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { TestGateway, configTextFor } from '../support/gateway.js';
import { TraceCollector, type CollectedSpan } from '../support/trace-collector.js';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';

const ACME = passwordCustomer('acme', destination(314, 3));
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${CALLER_SPAN}-01`;

const LOOKUP = `query Names($ids: [ID!]!) {
  segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { name }
}`;

async function start(collector: TraceCollector, more: object = {}): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: [ACME],
    config: { telemetry: { traces: collector.url }, ...more },
  });
}

function ask(gateway: TestGateway, ids: string[]): ReturnType<TestGateway['post']> {
  return gateway.post({ query: LOOKUP, variables: { ids } }, { traceparent: TRACEPARENT });
}

const only = (spans: readonly CollectedSpan[]): CollectedSpan => {
  expect(spans).toHaveLength(1);
  return spans[0] as CollectedSpan;
};

describe('traces', () => {
  it('show what a request waited for, from its caller down to the pages and the storage', async () => {
    await using collector = await TraceCollector.start();
    let gateway: TestGateway;
    {
      await using started = await start(collector);
      gateway = started;
      expect((await ask(gateway, ['1001'])).status).toBe(200);
    }
    const page = only(collector.named('audience-manager.page'));
    expect(collector.pathOf(page)).toEqual([
      'audience-manager.page',
      'listing',
      'lookup',
      'operation',
      'POST /graphql',
    ]);
    const request = only(collector.named('POST /graphql'));
    expect(request).toMatchObject({
      traceId: TRACE_ID,
      parentSpanId: CALLER_SPAN,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'http.response.status_code': 200,
        'graphql.operation.name': 'Names',
        'gateway.outcome': 'ok',
      },
    });
    expect(only(collector.named('lookup')).attributes).toEqual({
      customer: 'acme',
      destination: '314',
      ids: 1,
    });
    expect(only(collector.named('listing')).attributes).toEqual({ destination: '314', segments: 3 });
    const [read] = collector.named('storage.read');
    expect(collector.pathOf(read as CollectedSpan)).toEqual([
      'storage.read',
      'lookup',
      'operation',
      'POST /graphql',
    ]);
    expect(collector.resource).toMatchObject({ 'service.name': 'aam-segment-gateway' });
    const line = gateway.log.find(({ msg }) => msg === 'request');
    expect(line).toMatchObject({ trace_id: TRACE_ID, span_id: request.spanId });
    expect(gateway.log.find(({ msg }) => msg === 'destination read')).toMatchObject({ trace_id: TRACE_ID });
  });

  it('are passed on to Audience Manager', async () => {
    await using collector = await TraceCollector.start();
    let seen: (string | undefined)[];
    {
      await using gateway = await start(collector);
      await ask(gateway, ['1001']);
      seen = gateway.simulator.calls.map(({ headers }) => headers['traceparent']);
    }
    const sent = [...collector.named('audience-manager.call'), ...collector.named('audience-manager.page')];
    expect(sent.length).toBeGreaterThan(1);
    expect([...seen].sort()).toEqual(sent.map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`).sort());
  });

  it('contain requests that the fast path answers', async () => {
    await using collector = await TraceCollector.start();
    let gateway: TestGateway;
    {
      await using started = await start(collector);
      gateway = started;
      for (let round = 0; round < 6; round += 1) await ask(gateway, ['1001', '1002']);
    }
    const requests = collector.named('POST /graphql');
    expect(requests).toHaveLength(6);
    expect(new Set(requests.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([CALLER_SPAN]));
    const fast = requests.filter(({ attributes }) => attributes['gateway.fast_path'] === true);
    expect(fast.length).toBeGreaterThan(0);
    const lines = gateway.log.filter(({ msg }) => msg === 'request');
    expect(lines.map(({ span_id: id }) => id).sort()).toEqual(requests.map(({ spanId }) => spanId).sort());
  });

  it('name failures by their codes, and hold no credentials', async () => {
    await using collector = await TraceCollector.start();
    {
      await using gateway = await start(collector, { audienceManager: { retries: 0 } });
      gateway.simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
      await ask(gateway, ['1001']);
    }
    expect(only(collector.named('listing'))).toMatchObject({
      status: 2,
      attributes: { 'error.type': 'AAM_UNAVAILABLE' },
    });
    expect(only(collector.named('audience-manager.page')).attributes).toMatchObject({
      'http.response.status_code': 500,
    });
    for (const secret of ['acme-password', 'partner-secret', 'Bearer']) {
      expect(collector.text).not.toContain(secret);
    }
  });

  it('of scheduled listings are their own, also after a request has started one', async () => {
    await using collector = await TraceCollector.start();
    {
      await using gateway = await start(collector, { freshness: { refreshEvery: '1h' } });
      await ask(gateway, ['1001']);
      const scheduled = gateway.simulator.nextCall({ endpoint: 'mappings' });
      gateway.clock.advance(2 * 3_600_000);
      await scheduled;
    }
    const listings = collector.named('listing');
    expect(listings.map(({ traceId }) => traceId === TRACE_ID)).toEqual([true, false]);
  });

  it('are left out for requests of monitoring, and for the files of the page', async () => {
    await using collector = await TraceCollector.start();
    {
      await using gateway = await start(collector);
      for (const path of [
        '/healthz',
        '/readyz',
        '/metrics',
        '/search',
        '/explorer',
        '/page.json',
        '/assets/x.js',
      ]) {
        await gateway.fetch(path);
      }
    }
    expect(collector.spans.filter(({ name }) => name.startsWith('GET'))).toEqual([]);
  });

  it('that cannot be sent are reported in the log, and disturb nothing', async () => {
    await using collector = await TraceCollector.start(400);
    let gateway: TestGateway;
    {
      await using started = await start(collector);
      gateway = started;
      expect((await ask(gateway, ['1001'])).status).toBe(200);
    }
    expect(gateway.log.filter(({ msg }) => String(msg).startsWith('traces could not be sent'))).toMatchObject(
      [{ level: 'warn', lostSpans: collector.spans.length }],
    );
  });
});

describe('a gateway as a process', () => {
  /** Says at the end whether the file of the program that has the packages was loaded. */
  const LISTS_FILES = `
    const session = new (require('node:inspector').Session)();
    const files = [];
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => files.push(params.url));
    session.post('Debugger.enable');
    process.on('exit', () => {
      console.error('loaded OpenTelemetry SDK: ' + files.some((file) => file.includes('/otlp-backend')));
    });`;

  async function run(env: Record<string, string>): Promise<string> {
    await using simulator = await disposable();
    await using folder = await TemporaryFolder.create();
    await folder.write('gateway.yaml', configTextFor(simulator.simulator, [ACME]));
    await folder.write('files.cjs', LISTS_FILES);
    await using gateway = new RunningCommand(['serve', '--config', `${folder.path}/gateway.yaml`], {
      NODE_OPTIONS: `--require ${folder.path}/files.cjs`,
      ...env,
    });
    const response = await fetch(await gateway.url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: LOOKUP, variables: { ids: ['1001'] } }),
    });
    expect(response.status).toBe(200);
    gateway.kill('SIGTERM');
    expect((await gateway.exit).code).toBe(0);
    return gateway.stderr;
  }

  async function disposable(): Promise<{ simulator: AudienceManagerSimulator } & AsyncDisposable> {
    const simulator = await AudienceManagerSimulator.start({ customers: [ACME] });
    return { simulator, [Symbol.asyncDispose]: () => simulator.stop() };
  }

  it("takes the endpoint from OpenTelemetry's own environment variable", async () => {
    await using collector = await TraceCollector.start();
    const stderr = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', '') });
    expect(stderr).toContain('loaded OpenTelemetry SDK: true');
    expect(collector.named('POST /graphql')).toHaveLength(1);
  });

  it('does not load the packages that export traces, if they are sent nowhere', async () => {
    expect(await run({})).toContain('loaded OpenTelemetry SDK: false');
  });
});
