import { spawn } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { WorkerProcess } from '../../../src/commands/workers/worker-process.js';
import type { WorkerStart } from '../../../src/commands/workers/protocol.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';
import { sharedStateWith, configWith } from './support.js';

/** Begins, takes the turn to write, and answers pings. */
const STARTING = `
  process.on('message', ({ ask, id }) => { if (ask === 'ping') process.send({ answers: id }); });
  process.send({ ask: 'begin', argument: null, id: 1 });
  process.send({ ask: 'beginWriting', argument: null, id: 2 });
`;

const READY = `${STARTING}
  process.send({ ask: 'ready', argument: null });
`;

const INTERVAL = 10_000;

it.each([
  ['answers requests', READY],
  ['starts', STARTING],
])('kills a worker that hangs while it %s, and gives back its turn to write', async (_, program) => {
  const clock = new FakeClock();
  const shared = sharedStateWith(clock, '');
  const lines: string[] = [];
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let answers = 0;
  child.on('message', (message: { answers?: number }) => {
    if (message.answers !== undefined) answers += 1;
  });
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  const worker = new WorkerProcess({
    number: 1,
    process: {
      process: child,
      send: child.send.bind(child),
      on: child.on.bind(child),
    } as unknown as Worker,
    config: configWith(''),
    shared,
    clock,
    logger: createLogger({ redactor: new Redactor(), sink: { write: (line) => lines.push(line) } }),
    begin: () => ({}) as WorkerStart,
    onCommitted: unused,
    onWanted: unused,
    writeMetrics: unused,
  });
  if (program === READY) expect(await worker.ready).toBe(true);
  for (let asked = 1; asked <= 10; asked += 1) {
    await expect.poll(() => answers).toBe(asked);
    await setImmediate();
    clock.advance(INTERVAL);
    await setImmediate();
  }
  await expect.poll(() => answers).toBe(11);
  child.kill('SIGSTOP');
  await setImmediate();
  clock.advance(INTERVAL);
  await setImmediate();
  // As when the whole gateway was suspended: that says nothing of the worker.
  clock.advance(60 * INTERVAL);
  await setImmediate();
  expect(lines).toEqual([]);
  for (let intervals = 0; intervals < 5; intervals += 1) {
    clock.advance(INTERVAL);
    await setImmediate();
  }
  expect(await worker.ended).toEqual({
    code: null,
    signal: 'SIGKILL',
    killedFor: 'does not answer',
  });
  expect(lines.join('')).toMatch(/"worker":1,"pid":\d+,"msg":"a worker does not answer and is killed"/);
  (await shared.writers.acquire())();
});
