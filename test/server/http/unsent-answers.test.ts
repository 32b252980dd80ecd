import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BodySlices } from '../../../src/server/http/body-slices.js';
import { UnsentAnswers } from '../../../src/server/http/unsent-answers.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';

const MEBIBYTE = 1024 * 1024;
/** More than the operating system takes for a client that does not read. */
const LONG = 24 * MEBIBYTE;
const CHECK_MS = 250;
const SLOWEST = 16 * 1024;
/** Half a minute, and the time for one write at the slowest speed. */
const GRACE_MS = 34_000;

describe('an answer that its client does not read', () => {
  let clock: FakeClock;
  let metrics: Metrics;
  let answers: UnsentAnswers;
  let server: Server;
  let logLines: string[];
  const responses: ServerResponse[] = [];
  const clients: Socket[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    metrics = new Metrics();
    logLines = [];
    const write = (line: string): void => void logLines.push(line);
    const logger = createLogger({ redactor: new Redactor(), level: 'info', sink: { write } });
    answers = new UnsentAnswers({ bytesPerSecond: SLOWEST, maxBytes: 2.5 * LONG, clock, metrics, logger });
    server = createServer((_request, response) => {
      responses.push(response);
      server.emit('waiting');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    answers.stop();
    for (const client of clients.splice(0)) client.destroy();
    responses.length = 0;
    server.closeAllConnections();
    server.close();
  });

  /** A request of a client that reads nothing, and the response to it. */
  async function ask(): Promise<{ client: Socket; response: ServerResponse }> {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.pause();
    client.on('error', () => undefined);
    clients.push(client);
    const waiting = once(server, 'waiting');
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await waiting;
    return { client, response: responses.at(-1)! };
  }

  /** Begins to answer with a long body. */
  function answer(response: ServerResponse, body: Buffer): boolean {
    if (!answers.hold(response, body, body.length)) return false;
    new BodySlices(body).pipe(response);
    return true;
  }

  /** Lets the operating system take what it takes. */
  async function settle(...pending: ServerResponse[]): Promise<void> {
    for (let quiet = 0, before = -1; quiet < 50; quiet += 1) {
      await setImmediate();
      const sent = pending.reduce((sum, { req }) => sum + req.socket.bytesWritten, 0);
      if (sent !== before) quiet = 0;
      before = sent;
    }
  }

  async function rejections(): Promise<number> {
    const { values } = await metrics.rejections.get();
    return values.find(({ labels }) => labels.reason === 'too_slow')?.value ?? 0;
  }

  it('is given up after half a minute in which nothing was read', async () => {
    const { response } = await ask();
    answer(response, Buffer.alloc(LONG, 'x'));
    await settle(response);
    expect(response.writableFinished).toBe(false);
    clock.advance(CHECK_MS);
    clock.advance(GRACE_MS);
    expect(response.req.socket.destroyed).toBe(false);
    clock.advance(CHECK_MS);
    expect(response.req.socket.destroyed).toBe(true);
    expect(await rejections()).toBe(1);
    expect(logLines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        msg: expect.stringContaining('limits.slowestBody') as string,
        unsentBytes: expect.any(Number) as number,
      },
    ]);
    // Nothing is watched any more.
    clock.advance(CHECK_MS);
    expect(clock.pending()).toEqual([]);
  });

  it('is given up even if it is written as a whole, and is not complete', async () => {
    const { response } = await ask();
    answers.watch(response);
    response.write(Buffer.alloc(LONG, 'x'));
    await settle(response);
    clock.advance(CHECK_MS + GRACE_MS + CHECK_MS);
    expect(response.req.socket.destroyed).toBe(true);
  });

  it('lasts as long as it is read at the slowest speed', async () => {
    const { client, response } = await ask();
    const body = Buffer.alloc(LONG, 'x');
    answer(response, body);
    let received = 0;
    for (let read = 0; read < 6; read += 1) {
      await settle(response);
      clock.advance(GRACE_MS);
      expect(response.req.socket.destroyed).toBe(false);
      // The time was enough for 544 KiB. More is read, because the operating system passes on large amounts at once.
      const goal = received + 3 * MEBIBYTE;
      while (received < goal) {
        const data = client.read() as Buffer | null;
        if (data === null) await once(client, 'readable');
        else received += data.length;
      }
    }
    client.on('data', (data: Buffer) => (received += data.length));
    client.resume();
    if (!response.closed) await once(response, 'close');
    expect(response.writableFinished).toBe(true);
    expect(await rejections()).toBe(0);
  });

  it('is no reason to give it up while nothing was there to be sent', async () => {
    const { response } = await ask();
    answers.watch(response);
    clock.advance(10 * GRACE_MS);
    expect(response.req.socket.destroyed).toBe(false);
    response.end('x');
    await once(response, 'close');
  });

  it('is not given up because the gateway itself stood still', async () => {
    const { response } = await ask();
    answer(response, Buffer.alloc(LONG, 'x'));
    await settle(response);
    const now = clock.now();
    let jump = 0;
    clock.now = () => now + jump;
    jump = 10 * GRACE_MS;
    clock.advance(CHECK_MS);
    expect(response.req.socket.destroyed).toBe(false);
  });

  it('leaves no room for others only for a second', async () => {
    const [first, second, third] = [await ask(), await ask(), await ask()];
    const body = (): Buffer => Buffer.alloc(LONG, 'x');
    expect(answer(first.response, body())).toBe(true);
    await settle(first.response);
    clock.advance(2 * CHECK_MS);
    expect(answer(second.response, body())).toBe(true);
    await settle(second.response);
    expect(answers.isFull).toBe(true);
    expect(answer(third.response, body())).toBe(false);
    expect(first.response.req.socket.destroyed).toBe(false);
    // The first one has not been read for longer.
    clock.advance(3 * CHECK_MS);
    expect(answer(third.response, body())).toBe(true);
    expect(first.response.req.socket.destroyed).toBe(true);
    expect(second.response.req.socket.destroyed).toBe(false);
    expect(await rejections()).toBe(1);
  });

  it('counts once with others that have the same body', async () => {
    const body = Buffer.alloc(LONG, 'x');
    for (let count = 0; count < 6; count += 1) expect(answer((await ask()).response, body)).toBe(true);
    expect(answers.isFull).toBe(false);
    const last = await ask();
    expect(answer(last.response, Buffer.alloc(LONG, 'y'))).toBe(true);
    const another = await ask();
    expect(answer(another.response, Buffer.alloc(LONG, 'z'))).toBe(false);
  });

  it('makes room when its client disconnects', async () => {
    const [first, second, third] = [await ask(), await ask(), await ask()];
    for (const { response } of [first, second]) expect(answer(response, Buffer.alloc(LONG, 'x'))).toBe(true);
    expect(answer(third.response, Buffer.alloc(LONG, 'x'))).toBe(false);
    const closed = once(first.response, 'close');
    first.client.destroy();
    await closed;
    expect(answer(third.response, Buffer.alloc(LONG, 'x'))).toBe(true);
  });

  it('is sent all the same if it alone is longer than the bound', async () => {
    const { response } = await ask();
    expect(answer(response, Buffer.alloc(3 * LONG, 'x'))).toBe(true);
  });
});

describe('a long body in slices', () => {
  it.each([
    ['ASCII', 'x'.repeat(200_000)],
    ['characters of two code units', '👟'.repeat(100_000)],
    ['characters of two code units, at odd places', `x${'👟'.repeat(100_000)}`],
    ['nothing', ''],
  ])('is the same: %s', async (_, text) => {
    for (const body of [text, Buffer.from(text)]) {
      const slices = await new BodySlices(body).toArray();
      expect(Buffer.concat(slices as Buffer[]).toString()).toBe(text);
    }
  });
});
