import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../src/storage/postgres/server-clock.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { postgresDatabase, postgresServer, queryPostgres } from './support.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const INTERVAL = 10 * SECOND;

/** A server whose clock is off by some time, and whose answers take some time on their way. */
class Server {
  /** How far its time is ahead of that of the gateway's machine, if that is not changed. */
  aheadMs = 0;
  requestMs = 0;
  answerMs = 0;
  isAway = false;
  reads = 0;
  readonly #start: number;

  constructor(readonly clock: FakeClock) {
    this.#start = clock.now() - clock.elapsed();
  }

  get time(): number {
    return this.#start + this.clock.elapsed() + this.aheadMs;
  }

  readonly read = async (): Promise<number> => {
    this.reads++;
    // Time passes after the timer that has asked.
    await Promise.resolve();
    if (this.isAway) throw new Error('no connection');
    this.clock.advance(this.requestMs);
    const { time } = this;
    this.clock.advance(this.answerMs);
    return time;
  };
}

async function start(setUp: (server: Server) => void = () => undefined) {
  const clock = new FakeClock();
  const server = new Server(clock);
  setUp(server);
  const logs: { level: string; offsetSeconds: number }[] = [];
  const logger = createLogger({
    redactor: new Redactor(),
    level: 'info',
    sink: { write: (line) => void logs.push(JSON.parse(line) as (typeof logs)[number]) },
  });
  const serverClock = await ServerClock.start({ read: server.read, clock, logger });
  /** Lets the next measurement happen. */
  const measured = async (): Promise<void> => {
    const before = server.reads;
    clock.advance(Math.min(...clock.pending()));
    expect(server.reads).toBe(before + 1);
    await clock.timer();
  };
  return { clock, server, logs, dates: serverClock.dates, serverClock, measured };
}

describe("the server's time", () => {
  it.each([0, 10 * MINUTE, -10 * MINUTE])('is known to a machine that is off by %i ms', async (aheadMs) => {
    const { dates, server, clock, serverClock } = await start((each) => {
      each.aheadMs = aheadMs;
    });
    expect(dates.now()).toBe(server.time);
    expect(serverClock.offsetMs).toBe(aheadMs);
    clock.advance(5 * SECOND);
    expect(dates.now()).toBe(server.time);
  });

  it('is never ahead of it, and behind it by the way of the quickest answer at most', async () => {
    const { dates, server, measured } = await start((each) => {
      each.requestMs = 30;
      each.answerMs = 20;
    });
    expect(server.time - dates.now()).toBe(20);
    server.answerMs = 200;
    await measured();
    expect(server.time - dates.now()).toBe(20);
    server.answerMs = 3;
    await measured();
    expect(server.time - dates.now()).toBe(3);
  });

  it('goes on while the server is away, and is measured when it is back', async () => {
    const { dates, server, clock, measured } = await start();
    server.isAway = true;
    await measured();
    expect(dates.now()).toBe(server.time);
    expect(clock.pending()).toEqual([SECOND]);
    server.isAway = false;
    server.aheadMs = 7 * SECOND;
    await measured();
    expect(dates.now()).toBe(server.time);
    expect(clock.pending()).toEqual([INTERVAL]);
  });

  it('stands still when it turns out to be ahead by a little, and goes back if by much', async () => {
    const { dates, server, clock, measured } = await start();
    clock.advance(INTERVAL - 1);
    const before = dates.now();
    server.aheadMs = -800;
    await measured();
    expect(dates.now()).toBe(before);
    clock.advance(500);
    expect(dates.now()).toBe(before);
    clock.advance(400);
    expect(dates.now()).toBe(server.time);
    expect(dates.setBackMs).toBe(0);
    server.aheadMs -= HOUR;
    await measured();
    expect(dates.now()).toBe(server.time);
    expect(dates.setBackMs).toBe(HOUR);
  });

  it('is not moved by the time of the machine, which has it measured at once', async () => {
    const { dates, server, clock } = await start();
    for (const change of [() => clock.setBack(HOUR), () => clock.setForward(3 * HOUR)]) {
      const before = server.reads;
      change();
      expect(dates.now()).toBe(server.time);
      expect(server.reads).toBe(before + 1);
      await clock.timer();
      expect(dates.now()).toBe(server.time);
      expect(server.reads).toBe(before + 1);
    }
  });

  it('is right at once after the machine was suspended', async () => {
    const { dates, server, clock } = await start();
    clock.setForward(8 * HOUR);
    server.aheadMs = 8 * HOUR;
    dates.now();
    await clock.timer();
    expect(dates.now()).toBe(server.time);
  });

  it('is logged when it differs by more than five seconds, once, and when it agrees again', async () => {
    const { server, clock, logs, measured } = await start((each) => {
      each.aheadMs = -5 * SECOND;
    });
    await measured();
    expect(logs).toEqual([]);
    clock.setForward(10 * MINUTE);
    await measured();
    await measured();
    expect(logs).toMatchObject([{ level: 'warn', offsetSeconds: -605 }]);
    server.aheadMs = 10 * MINUTE;
    await measured();
    expect(logs.slice(1)).toMatchObject([{ level: 'info', offsetSeconds: 0 }]);
  });

  it('is read no more after the end', async () => {
    const { serverClock, clock, dates, server } = await start();
    serverClock.close();
    expect(clock.pending()).toEqual([]);
    const { reads } = server;
    clock.setBack(HOUR);
    dates.now();
    expect(server.reads).toBe(reads);
  });
});

describe.skipIf(postgresServer === null)('the clock of a storage in PostgreSQL', () => {
  it('is that of the server', async () => {
    const database = await postgresDatabase();
    const storage = await database.open();
    const url = database.config.engine === 'postgres' ? database.config.url : '';
    const before = await serverTime(url);
    const now = storage.clock.now();
    const after = await serverTime(url);
    // It is behind by what the quickest answer of the server has taken.
    expect(now).toBeGreaterThan(before - 5_000);
    expect(now).toBeLessThanOrEqual(after);
    expect(Math.abs(storage.clockOffset() ?? Infinity)).toBeLessThan(MINUTE);
  });

  it('is another one if all gateways agree on it', async () => {
    const clock = new FakeClock();
    const storage = await (await postgresDatabase()).open(clock);
    expect(storage.clock.now()).toBe(clock.now());
    expect(storage.clockOffset()).toBeNull();
  });
});

async function serverTime(url: string): Promise<number> {
  const [row] = await queryPostgres<{ now: string }>(
    url,
    'select floor(extract(epoch from clock_timestamp()) * 1000)::text as now',
  );
  return Number(row?.now);
}
