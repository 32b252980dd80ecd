import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import {
  gatewayNames,
  type GatewayOptions,
  type GatewayPatience,
} from '../../src/commands/name-sources/gateway-names.js';
import type { NameSource } from '../../src/delivery/name-source.js';
import { Redactor } from '../../src/telemetry/redaction.js';

interface Operation {
  readonly variables: { readonly keys?: readonly { readonly segmentId: string }[] };
}

/** As usual, but for the waits between attempts. */
const PATIENCE: GatewayPatience = {
  requestMs: 60_000,
  totalMs: 120_000,
  delaysMs: [10, 10, 10, 10, 10, 10],
};

/** What stands in for a gateway: it answers with such a failure until there are no more of them. */
class Answering implements AsyncDisposable {
  /** The number of IDs in each lookup. */
  readonly asked: number[] = [];
  failures: ('cut off' | 'no answer' | 413 | 502 | 504)[] = [];
  requests = 0;
  readonly #server: Server;

  constructor(mostIds: number) {
    this.#server = createServer((request, response) => {
      void (async () => {
        const { variables } = JSON.parse(await text(request)) as Operation;
        this.requests += 1;
        const failure = this.failures.shift();
        if (failure === 'no answer') return;
        if (failure === 'cut off') return request.socket.destroy();
        if (failure !== undefined) return response.writeHead(failure).end('<html>');
        const { keys } = variables;
        if (keys !== undefined) this.asked.push(keys.length);
        return response.end(
          JSON.stringify(
            answer(
              keys?.map(({ segmentId }) => segmentId),
              mostIds,
            ),
          ),
        );
      })();
    });
  }

  async source(patience: GatewayPatience = PATIENCE): Promise<NameSource> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const names = await gatewayNames(
      { gateway: `http://127.0.0.1:${port}`, key: 'key' },
      new Redactor(),
      patience,
    );
    return await names.open({ customerId: null, destinationId: '314' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function answer(ids: readonly string[] | undefined, mostIds: number): unknown {
  if (ids === undefined) return { data: { destination: { segmentIdType: 'SID' } } };
  if (ids.length > mostIds) {
    return { errors: [{ message: 'too many IDs (limits.ids)', extensions: { code: 'QUERY_TOO_COMPLEX' } }] };
  }
  const lookupSegments = ids.map((id) => ({
    status: 'FOUND',
    idType: 'SID',
    segment: { name: `Segment ${id}`, status: 'ACTIVE' },
    error: null,
  }));
  return { data: { lookupSegments } };
}

describe('the names of a gateway', () => {
  it('come in smaller lists if it takes no larger ones', async () => {
    await using gateway = new Answering(3);
    const source = await gateway.source();
    const ids = Array.from({ length: 10 }, (_, index) => String(index));
    const found = await source.lookUp(ids);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(found[9]).toMatchObject({ name: 'Segment 9' });
    expect(gateway.asked.slice(0, 2)).toEqual([10, 5]);
    gateway.asked.length = 0;
    await source.lookUp(ids);
    // It asks with no list a second time that is too long.
    expect(Math.max(...gateway.asked)).toBeLessThanOrEqual(3);
  });

  it('come in smaller lists if a request is too large', async () => {
    await using gateway = new Answering(10);
    const source = await gateway.source();
    gateway.failures = [413, 413];
    expect(await source.lookUp(['1', '2', '3', '4'])).toHaveLength(4);
    expect(gateway.asked).toEqual([1, 1, 1, 1]);
  });

  it('are refused with the reason if not even one ID may be asked for', async () => {
    await using gateway = new Answering(10);
    const source = await gateway.source();
    gateway.failures = [413];
    await expect(source.lookUp(['1'])).rejects.toThrow(/413.*limits\.body/);
  });

  it('are not waited for without end if it takes requests and does not answer', async () => {
    await using gateway = new Answering(10);
    const source = await gateway.source({ ...PATIENCE, requestMs: 600, totalMs: 900 });
    gateway.failures = Array<'no answer'>(10).fill('no answer');
    gateway.requests = 0;
    await expect(source.lookUp(['1'])).rejects.toThrow(/no answer within 1 s.*check --gateway/);
    expect(gateway.requests).toBeLessThanOrEqual(3);
  });

  it.each<[string, GatewayOptions]>([
    ['a line break', { key: 'agk_secret\nx' }],
    ['a letter that no header can carry', { key: 'agk_secret–x' }],
  ])('cannot be asked for with a key that has %s', async (_, options) => {
    const asking = gatewayNames({ ...options, gateway: 'http://127.0.0.1:1' }, new Redactor());
    await expect(asking).rejects.toMatchObject({ exitCode: 2 });
    const { message } = (await asking.catch((error: unknown) => error)) as Error;
    expect(message).toMatch(/^The key has characters .*check --key, --key-file or AAM_GATEWAY_KEY/);
    expect(message).not.toContain('secret');
  });

  it('are refused with the reason if it does not even take one ID', async () => {
    await using gateway = new Answering(0);
    const source = await gateway.source();
    await expect(source.lookUp(['1', '2'])).rejects.toThrow(/limits\.ids/);
  });

  it.each(['cut off', 502, 504] as const)('come in spite of a brief failure: %s', async (failure) => {
    await using gateway = new Answering(10);
    const source = await gateway.source();
    gateway.failures = [failure];
    expect(await source.lookUp(['1'])).toMatchObject([{ name: 'Segment 1' }]);
  });

  it('are refused at once if nobody ever answered', async () => {
    await using gateway = new Answering(10);
    gateway.failures = ['cut off'];
    await expect(gateway.source()).rejects.toThrow(/cannot be asked .*check --gateway/);
  });
});
