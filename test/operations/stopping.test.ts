import { Agent, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { postQuery } from '../support/graphql-request.js';

const CUSTOMERS = [passwordCustomer('acme', destination(314, 3))];
const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const REFRESH = 'mutation { refreshDestination(customerId: "acme", destinationId: "314") { destinationId } }';

interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

function post(url: string, query: string, agent?: Agent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          connection: response.headers.connection,
          body,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query }));
  });
}

describe('a gateway process that is told to stop', () => {
  it('ends within shutdown.limit while the token endpoint hangs, and refuses who waits', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS, { shutdown: { limit: '3s' } });
    await using gateway = place.serve();
    place.simulator.fault({ endpoint: 'token', action: { kind: 'hang' } });
    const url = await gateway.url();
    const arrived = place.simulator.nextCall({ endpoint: 'token' });
    const waiting = post(url, REFRESH);
    await arrived;
    const before = performance.now();
    gateway.kill('SIGTERM');
    const reply = await waiting;
    expect(reply).toMatchObject({ status: 503, retryAfter: '2', connection: 'close' });
    expect(JSON.parse(reply.body)).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    // The rest is for a machine that is busy with other tests.
    expect(performance.now() - before).toBeLessThan(3_000 + 2_000);
    expect(gateway.stdout).toContain('gateway has stopped');
  });

  it('ends at once although a client keeps a connection busy', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS);
    await using gateway = place.serve();
    const url = await gateway.url();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    let connection: string | undefined;
    const ask = async (): Promise<void> => {
      for (;;) ({ connection } = await post(url, QUERY, agent));
    };
    // The signal may arrive before the next request does.
    ({ connection } = await post(url, QUERY, agent));
    const asking = expect(ask()).rejects.toThrow();
    const before = performance.now();
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(5_000);
    await asking;
    expect(connection).toBeDefined();
  });

  it('quits at once when it is told twice, or killed, and starts again with what it knew', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS, { shutdown: { delay: '15s' } });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using gateway = place.serve();
      const url = await gateway.url();
      expect(await postQuery(url, QUERY)).toEqual({ data: { segment: { label: 'Segment 1' } } });
      gateway.kill('SIGTERM');
      await gateway.prints(/gateway is stopping/);
      expect((await post(url, QUERY)).connection).toBe('close');
      gateway.kill(signal);
      const { code } = await gateway.exit;
      expect(code).toBe(signal === 'SIGTERM' ? 1 : null);
      place.simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 500 } });
    }
  });
});
