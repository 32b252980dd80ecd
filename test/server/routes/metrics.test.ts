import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** `fetch` would unpack the body and add headers of its own. */
function scrape(gateway: TestGateway, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL('/metrics', gateway.url), { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject).end();
  });
}

it('/metrics answers in the format and encoding that are asked for', async () => {
  await using gateway = await TestGateway.start({
    simulated: [
      passwordCustomer('acme', ...Array.from({ length: 100 }, (_, index) => destination(index + 1, 0))),
    ],
  });
  for (const [accept, type] of [
    ['*/*', TEXT],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4', OPENMETRICS],
    ['text/plain', TEXT],
    ['application/openmetrics-text;q=0, text/plain', TEXT],
  ] as const) {
    const { headers, body } = await scrape(gateway, { accept });
    expect(headers['content-type']).toBe(type);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['vary']).toMatch(/accept, accept-encoding/);
    const text = body.toString();
    expect(text.endsWith('# EOF\n')).toBe(type === OPENMETRICS);
    const counter = type === OPENMETRICS ? 'aam_gateway_lookups' : 'aam_gateway_lookups_total';
    expect(text).toContain(`# TYPE ${counter} counter\naam_gateway_lookups_total{outcome="fresh"} 0\n`);
    expect(text).toContain('destination="100",status="NEVER"} 1\n');
  }
  const packed = await scrape(gateway, { 'accept-encoding': 'gzip' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  const text = gunzipSync(packed.body).toString();
  expect(text).toContain('aam_gateway_storage_up 1\n');
  for (const worker of ['sqlite', 'background', 'search'])
    expect(text).toContain(`aam_gateway_worker_up{worker="${worker}"} 1\n`);
  expect(packed.body.length).toBeLessThan(text.length / 5);
  expect(
    (await scrape(gateway, { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding'],
  ).toBeUndefined();
});
