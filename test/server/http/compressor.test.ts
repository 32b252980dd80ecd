import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compressor } from '../../../src/server/http/compressor.js';
import { UnsentAnswers } from '../../../src/server/http/unsent-answers.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';

const LENGTH = 100_000;

describe('long bodies', () => {
  let compressor: Compressor;
  let answers: UnsentAnswers;
  let server: Server;
  const clients: Socket[] = [];

  beforeEach(async () => {
    const logger = createLogger({
      redactor: new Redactor(),
      level: 'info',
      sink: { write: () => undefined },
    });
    answers = new UnsentAnswers({
      bytesPerSecond: 0,
      clock: new FakeClock(),
      metrics: new Metrics(),
      logger,
    });
    compressor = new Compressor(answers);
    server = createServer((_request, response) => server.emit('waiting', response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    answers.stop();
    for (const client of clients.splice(0)) client.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function openResponse(): Promise<{ client: Socket; response: ServerResponse }> {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client);
    const waiting = once(server, 'waiting');
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [response] = (await waiting) as [ServerResponse];
    return { client, response };
  }

  it('that are kept are compressed once for all who ask meanwhile, also when the first one leaves', async () => {
    const body = Buffer.from(randomBytes(LENGTH / 2).toString('hex'));
    const all = [];
    for (let count = 0; count < 20; count += 1) all.push(await openResponse());
    const compressed = all.map(async ({ response }, index) =>
      compressor.compress({ response, lane: `lane ${index % 2}` }, { body, bytes: body.length }, 'br'),
    );
    const closed = once(all[0]!.response, 'close');
    all[0]!.client.destroy();
    await closed;
    const bodies = await Promise.all(compressed);
    expect(new Set(bodies).size).toBe(1);
    expect(brotliDecompressSync(bodies[0]!).equals(body)).toBe(true);
    const { response } = await openResponse();
    const later = await compressor.compress({ response, lane: '' }, { body, bytes: body.length }, 'br');
    expect(later).not.toBe(bodies[0]);
  });

  it('of one caller that wait are few: further ones have to be sent as they are', async () => {
    const start = async (lane: string): Promise<Buffer | Promise<Buffer> | null> => {
      const { response } = await openResponse();
      const body = randomBytes(LENGTH / 2).toString('hex');
      return compressor.compress({ response, lane }, { body, bytes: body.length }, 'br');
    };
    const responses = [];
    for (let count = 0; count < 12; count += 1) responses.push((await openResponse()).response);
    const body = randomBytes(LENGTH * 4).toString('hex');
    const compressed = responses.map((response) =>
      compressor.compress({ response, lane: 'many' }, { body, bytes: body.length }, 'br'),
    );
    expect(compressed.map((each) => each === null)).toEqual([...Array<boolean>(10).fill(false), true, true]);
    expect(await start('other')).not.toBeNull();
    for (const each of compressed) await each;
    expect(await start('many')).not.toBeNull();
  });
});
