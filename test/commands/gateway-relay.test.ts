import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { GatewayRelay, type Gateways } from '../../src/commands/mcp/gateway-relay.js';
import { StorageError } from '../../src/storage/index.js';
import { FakeClock } from '../support/fake-clock.js';

const LIST = { method: 'tools/list', params: {} } as const;

/** Something that answers each message with its own name. */
class Answering implements AsyncDisposable {
  private constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  /** @param until when it answers */
  static async start(name: string, until = Promise.resolve()): Promise<Answering> {
    const server = createServer((_request, response) => {
      void until.then(() => response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: name })));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Answering(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A relay that may start gateways, which are noted. */
class Relayed {
  readonly clock = new FakeClock();
  readonly relay: GatewayRelay;
  running: Gateways['running'] = null;
  configVersion = '1';
  /** What keeps a gateway from being started. */
  failure: Error | null = null;
  started = 0;
  stopped = 0;

  constructor(urlOf: () => string) {
    this.relay = new GatewayRelay({
      find: () => this.found(),
      startAlone: () => {
        this.started += 1;
        if (this.failure !== null) return Promise.reject(this.failure);
        const stop = (): Promise<void> => {
          this.stopped += 1;
          return Promise.resolve();
        };
        return Promise.resolve({ url: urlOf(), key: null, isUnlisted: () => false, stop });
      },
      clock: this.clock,
      onError: () => undefined,
    });
  }

  found(): Promise<Gateways> {
    return Promise.resolve({ running: this.running, key: '', configVersion: this.configVersion });
  }

  async ask(): Promise<unknown> {
    return (await this.relay.send(LIST, new AbortController().signal)).result;
  }
}

describe('a relay without a running gateway', () => {
  it('keeps the gateway of its process for five minutes after the last request, and starts it again', async () => {
    await using own = await Answering.start('own');
    const relayed = new Relayed(() => own.url);
    expect(await relayed.ask()).toBe('own');
    relayed.clock.advance(299_000);
    expect(await relayed.ask()).toBe('own');
    relayed.clock.advance(299_000);
    expect([relayed.started, relayed.stopped]).toEqual([1, 0]);
    relayed.clock.advance(1_000);
    await relayed.relay.close();
    expect(relayed.stopped).toBe(1);
    expect(await relayed.ask()).toBe('own');
    expect(relayed.started).toBe(2);
    await relayed.relay.close();
    expect(relayed.stopped).toBe(2);
  });

  it('leaves the work to one that runs from then on', async () => {
    await using own = await Answering.start('own');
    await using other = await Answering.start('other');
    const relayed = new Relayed(() => own.url);
    expect(await relayed.ask()).toBe('own');
    relayed.running = { url: `${other.url}/mcp`, key: '', pinned: null };
    expect(await relayed.ask()).toBe('other');
    await relayed.relay.close();
    expect(relayed.stopped).toBe(1);
  });

  it('lets the gateway of its process answer what it was asked before another one ran', async () => {
    let answer = (): void => undefined;
    await using own = await Answering.start('own', new Promise((resolve) => (answer = resolve)));
    await using other = await Answering.start('other');
    const relayed = new Relayed(() => own.url);
    const asked = once(own.server, 'request');
    const early = relayed.ask();
    await asked;
    relayed.running = { url: `${other.url}/mcp`, key: '', pinned: null };
    expect(await relayed.ask()).toBe('other');
    expect(relayed.stopped).toBe(0);
    answer();
    expect(await early).toBe('own');
    await expect.poll(() => relayed.stopped).toBe(1);
    await relayed.relay.close();
    expect(relayed.stopped).toBe(1);
  });

  it('asks one that has just started, and so keeps its own from starting', async () => {
    await using other = await Answering.start('other');
    const relayed = new Relayed(() => '');
    relayed.failure = new StorageError('UNUSABLE', 'in use');
    await expect(relayed.ask()).rejects.toThrow(/in use/);
    const none = await relayed.found();
    const find = vi.spyOn(relayed, 'found').mockResolvedValueOnce(none);
    relayed.running = { url: `${other.url}/mcp`, key: '', pinned: null };
    expect(await relayed.ask()).toBe('other');
    expect(find).toHaveBeenCalledTimes(2);
    await relayed.relay.close();
  });

  it('starts its own anew when the configuration has changed', async () => {
    await using own = await Answering.start('own');
    const relayed = new Relayed(() => own.url);
    expect(await relayed.ask()).toBe('own');
    relayed.configVersion = '2';
    expect(await relayed.ask()).toBe('own');
    expect(await relayed.ask()).toBe('own');
    await relayed.relay.close();
    expect([relayed.started, relayed.stopped]).toEqual([2, 2]);
  });

  it('gives up when none of the two listens, however often they are asked', async () => {
    const gone = await Answering.start('gone');
    await gone.stop();
    const relayed = new Relayed(() => gone.url);
    relayed.running = { url: `${gone.url}/mcp`, key: '', pinned: null };
    await expect(relayed.ask()).rejects.toThrow(/just starting or stopping/);
    await relayed.relay.close();
  });
});
