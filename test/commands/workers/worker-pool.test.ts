import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Channel } from '../../../src/commands/workers/channel.js';
import { WorkerPool } from '../../../src/commands/workers/worker-pool.js';
import type {
  PrimaryChannel,
  PrimaryRequests,
  Wanted,
  WorkerRequests,
  WorkerStart,
} from '../../../src/commands/workers/protocol.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';
import { sharedStateWith, configWith, connected } from './support.js';

/** A process that the pool has started, as the process sees it. */
class StartedWorker {
  readonly worker: Worker;
  readonly channel: PrimaryChannel;
  readonly wanted: Wanted[] = [];
  readonly #process = Object.assign(new EventEmitter(), { pid: 1, kill: () => true });

  constructor() {
    const [theirs, ours] = connected();
    this.worker = Object.assign(ours, { process: this.#process }) as unknown as Worker;
    this.channel = new Channel<PrimaryRequests, WorkerRequests>(theirs, {
      stop: () => this.end(0, null),
      reload: () => undefined,
      notReloaded: () => undefined,
      committed: () => undefined,
      wanted: (wanted) => void this.wanted.push(wanted),
      ping: () => undefined,
      paused: () => undefined,
      metrics: () => [],
    });
  }

  async begin(): Promise<WorkerStart> {
    const start = await this.channel.call('begin', null);
    await this.channel.call('ready', null);
    return start;
  }

  end(code: number | null, signal: string | null): void {
    this.#process.emit('close', code, signal);
  }
}

function poolOf(workers: number) {
  const clock = new FakeClock();
  const started: StartedWorker[] = [];
  const lines: string[] = [];
  const pool = new WorkerPool({
    config: configWith(''),
    workers,
    begin: { version: '1', logLevel: 'info', file: null, isTerminal: false },
    shared: sharedStateWith(clock, ''),
    clock,
    logger: createLogger({ redactor: new Redactor(), sink: { write: (line) => lines.push(line) } }),
    fork: () => {
      const worker = new StartedWorker();
      started.push(worker);
      return worker.worker;
    },
  });
  /** The process that is started as the one with this number, from 1. */
  const nth = async (number: number): Promise<StartedWorker> => {
    await expect.poll(() => started.length).toBeGreaterThanOrEqual(number);
    return started[number - 1] as StartedWorker;
  };
  /** Starts all workers. */
  const start = async (): Promise<WorkerStart[]> => {
    const starting = pool.start();
    const starts: WorkerStart[] = [];
    for (let number = 1; number <= workers; number += 1) starts.push(await (await nth(number)).begin());
    await starting;
    return starts;
  };
  return { clock, pool, lines, started, nth, start };
}

it('tells workers that start later what became of the configuration', async () => {
  const { clock, pool, nth, start } = poolOf(1);
  const [first] = await start();
  const startedAt = clock.now();
  expect(first?.configuration).toEqual({
    readAt: startedAt,
    isLatest: true,
    reloads: { applied: 0, refused: 0, failed: 0 },
  });
  clock.advance(1_000);
  await pool.reload(configWith(''));
  clock.advance(1_000);
  pool.notReloaded('refused');
  const replacing = pool.replaceAll();
  const { configuration } = await (await nth(2)).begin();
  expect(configuration).toEqual({
    readAt: startedAt + 1_000,
    isLatest: false,
    reloads: { applied: 1, refused: 1, failed: 0 },
  });
  await replacing;
});

it('tells the other workers what one of them waits for', async () => {
  const { started, start } = poolOf(3);
  await start();
  const wanted = { key: { customerId: 'acme', destinationId: '314' }, priority: 'lookup' } as const;
  started[1]?.channel.tell('wanted', wanted);
  await expect.poll(() => started[2]?.wanted).toEqual([wanted]);
  expect(started.map((worker) => worker.wanted)).toEqual([[wanted], [], [wanted]]);
});

it('says that a worker stays whose successor ends before it answers, and starts no other', async () => {
  const { clock, pool, lines, started, nth, start } = poolOf(1);
  await start();
  const replacing = pool.replaceAll();
  (await nth(2)).end(1, null);
  await replacing;
  clock.advance(60_000);
  expect(started).toHaveLength(2);
  expect(lines.join('')).toContain('a worker has ended while it was replaced; the other one stays');
  expect(lines.join('')).not.toContain('is replaced"');
});

it('says with what the first worker was killed before it answered', async () => {
  const { pool, nth } = poolOf(2);
  const starting = pool.start();
  starting.catch(() => undefined);
  (await nth(1)).end(null, 'SIGKILL');
  await expect(starting).rejects.toMatchObject({
    exitCode: 1,
    signal: 'SIGKILL',
    message: 'the first worker was killed before it answered; does it have enough memory?',
  });
});

it('says why it has killed the first worker before that answered', async () => {
  const { clock, pool, lines, nth } = poolOf(2);
  const starting = pool.start();
  starting.catch(() => undefined);
  const first = await nth(1);
  clock.advance(30_000);
  first.end(null, 'SIGKILL');
  await expect(starting).rejects.toMatchObject({
    exitCode: 1,
    signal: 'SIGKILL',
    message: 'the gateway ends: its first worker has not begun and was killed',
  });
  expect(lines.join('')).toContain('a worker has not begun and is killed');
});
