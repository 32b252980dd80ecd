import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { oneAtATime } from '../../../src/server/http/one-at-a-time.js';

interface World {
  readonly client: Socket;
  /** Addresses of the requests that were begun, and responses to them. */
  readonly begun: { readonly url: string; readonly response: ServerResponse }[];
  readonly first: Socket[];
  readonly floods: Socket[];
  /** Resolves when so many requests were begun. */
  readonly until: (count: number) => Promise<void>;
  /** What the client has received. */
  readonly received: () => string;
}

async function start(): Promise<World> {
  const begun: World['begun'] = [];
  const first: Socket[] = [];
  const floods: Socket[] = [];
  const server = createServer(
    oneAtATime(
      (request, response) => {
        begun.push({ url: request.url ?? '', response });
        server.emit('begun');
      },
      (socket) => first.push(socket),
      (socket) => floods.push(socket),
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  let received = '';
  client.on('data', (data: Buffer) => (received += data.toString()));
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const until = async (count: number): Promise<void> => {
    while (begun.length < count) await once(server, 'begun');
  };
  return { client, begun, first, floods, until, received: () => received };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe('requests that are sent before the last one was answered', () => {
  it('are begun one after the other', async () => {
    const { client, begun, first, until, received } = await start();
    client.write(get('/1') + get('/2') + get('/3'));
    await until(1);
    await turns();
    expect(begun.map(({ url }) => url)).toEqual(['/1']);
    begun[0]!.response.end('one');
    await until(2);
    await turns();
    expect(begun.map(({ url }) => url)).toEqual(['/1', '/2']);
    begun[1]!.response.end('two');
    await until(3);
    begun[2]!.response.end('three');
    await once(begun[2]!.response, 'close');
    client.write(get('/4'));
    await until(4);
    begun[3]!.response.end('four');
    await once(begun[3]!.response, 'close');
    while (!received().includes('four')) await once(client, 'data');
    expect(received().match(/one|two|three|four/g)).toEqual(['one', 'two', 'three', 'four']);
    expect(first).toHaveLength(1);
  });

  it('wait while the answer before theirs is not read', async () => {
    const { client, begun, until } = await start();
    client.pause();
    client.write(get('/1') + get('/2'));
    await until(1);
    begun[0]!.response.end(Buffer.alloc(24 * 1024 * 1024));
    await turns();
    expect(begun).toHaveLength(1);
    client.resume();
    await until(2);
  });

  it('are dropped when the client has disconnected', async () => {
    const { client, begun, until } = await start();
    client.write(get('/1') + get('/2') + get('/3'));
    await until(1);
    const closed = once(begun[0]!.response, 'close');
    client.destroy();
    await closed;
    await turns();
    expect(begun).toHaveLength(1);
  });

  it('end their connection if there are too many', async () => {
    const { client, begun, floods } = await start();
    client.write(get('/').repeat(101));
    while (begun.length === 0) await setImmediate();
    await turns();
    expect(client.destroyed).toBe(false);
    client.write(get('/').repeat(500));
    await once(client, 'close');
    expect(begun).toHaveLength(1);
    expect(floods).toHaveLength(1);
  });
});
