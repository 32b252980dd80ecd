import { expect, it } from 'vitest';
import type { Turn } from '../../../src/audience-manager/call-queue.js';
import { RefreshPriority } from '../../../src/audience-manager/priority.js';
import { WorkerAllowances } from '../../../src/commands/workers/worker-allowances.js';
import { WorkerCalls } from '../../../src/commands/workers/worker-calls.js';
import type { PauseReason } from '../../../src/audience-manager/host.js';
import { FakeClock } from '../../support/fake-clock.js';
import { sharedStateWith, workerOf } from './support.js';

async function countAllowed(
  workers: readonly WorkerAllowances[],
  requests: number,
  key = 'reader',
): Promise<number> {
  let allowed = 0;
  for (let request = 0; request < requests; request += 1) {
    const worker = workers[request % workers.length] as WorkerAllowances;
    if ((await worker.decide('caller', key)) === 0) allowed += 1;
  }
  return allowed;
}

it.each([1, 7, 60, 640, 60_000])(
  'never allow a caller more than %i requests over all workers, and not much less',
  async (perMinute) => {
    const clock = new FakeClock();
    const shared = sharedStateWith(clock, `limits: { requestsPerMinute: ${perMinute} }`);
    const workers = [1, 2, 3].map(() => new WorkerAllowances(workerOf(shared).channel, clock, perMinute, 3));
    const allowed = await countAllowed(workers, Math.min(perMinute * 2, perMinute + 2_000));
    expect(allowed).toBeLessThanOrEqual(perMinute);
    expect(allowed).toBeGreaterThanOrEqual(perMinute * 0.95);
  },
);

it('count most requests without asking, and give back what is not used', async () => {
  const clock = new FakeClock();
  const shared = sharedStateWith(clock, 'limits: { requestsPerMinute: 6400 }');
  const [one, two] = [0, 1].map(() => new WorkerAllowances(workerOf(shared).channel, clock, 6_400, 2));
  expect(one?.take('caller', 'reader')).toBeNull();
  expect(await one?.decide('caller', 'reader')).toBe(0);
  // The reserve of one worker is the 32nd part of its share.
  for (let request = 0; request < 40; request += 1) expect(one?.take('caller', 'reader')).toBe(0);
  await two?.decide('caller', 'reader');
  // In this time, 106 come back; the two reserves had 158.
  clock.advance(1_000);
  await new Promise((resolve) => setImmediate(resolve));
  const left = shared.buckets.takeUpTo('caller', 'reader', 10_000).granted;
  expect(left).toBe(6_400);
});

it('tell a caller beyond its limit to wait without asking again', async () => {
  const clock = new FakeClock();
  const shared = sharedStateWith(clock, 'limits: { requestsPerMinute: 2 }');
  const worker = new WorkerAllowances(workerOf(shared).channel, clock, 2, 2);
  expect(await countAllowed([worker], 3)).toBe(2);
  expect(worker.take('caller', 'reader')).toBe(30_000);
  clock.advance(30_000);
  expect(worker.take('caller', 'reader')).toBeNull();
  expect(await worker.decide('caller', 'reader')).toBe(0);
});

const HOST = 'api.example';

function enter(calls: WorkerCalls, signal = new AbortController().signal): ReturnType<WorkerCalls['enter']> {
  return calls.enter({ host: HOST, priority: new RefreshPriority('lookup'), signal });
}

function turnOf(outcome: Awaited<ReturnType<WorkerCalls['enter']>>): Turn {
  if (typeof outcome === 'string') throw new Error(outcome);
  return outcome;
}

async function isWaiting(work: Promise<unknown>): Promise<boolean> {
  let hasEnded = false;
  void work.then(() => (hasEnded = true));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return !hasEnded;
}

const OK = { answer: 'success', pace: 'accepted' } as const;

it('let all workers together make as many calls at once as one gateway may', async () => {
  const shared = sharedStateWith(new FakeClock(), 'audienceManager: { concurrency: 2, callsPerSecond: 0 }');
  const workers = [0, 1].map(() => workerOf(shared));
  const [one, two] = workers.map(({ channel }) => new WorkerCalls(channel)) as [WorkerCalls, WorkerCalls];
  const first = turnOf(await enter(one));
  turnOf(await enter(two));
  const third = enter(two);
  expect(await isWaiting(third)).toBe(true);
  expect(two.waiting.lookup).toBe(1);
  await first.end(OK);
  turnOf(await third);
  // The turns of a worker that has ended are free.
  const fourth = enter(one);
  expect(await isWaiting(fourth)).toBe(true);
  workers[1]?.end();
  turnOf(await fourth);
});

it('let all workers together make as many calls a second as one gateway may', async () => {
  const clock = new FakeClock();
  const shared = sharedStateWith(clock, 'audienceManager: { concurrency: 10, callsPerSecond: 2 }');
  const [one, two] = [0, 1].map(() => new WorkerCalls(workerOf(shared).channel)) as [
    WorkerCalls,
    WorkerCalls,
  ];
  for (const calls of [one, two]) await turnOf(await enter(calls)).end(OK);
  const third = enter(one);
  expect(await isWaiting(third)).toBe(true);
  clock.advance(1_000);
  turnOf(await third);
});

it('open the circuit for all workers after the failures of any of them, and report the pause once', async () => {
  const shared = sharedStateWith(new FakeClock(), 'audienceManager: { concurrency: 10, callsPerSecond: 0 }');
  const paused: PauseReason[] = [];
  const [one, two] = [0, 1].map(() => new WorkerCalls(workerOf(shared, paused).channel)) as [
    WorkerCalls,
    WorkerCalls,
  ];
  for (let call = 0; call < 10; call += 1) {
    await turnOf(await enter(call % 2 === 0 ? one : two)).end({ answer: 'failure', pace: 'unanswered' });
  }
  expect(paused).toEqual(['circuit']);
  expect([await enter(one), await enter(two)]).toEqual(['circuit_open', 'circuit_open']);
});

it('take a call that was given up out of the queue', async () => {
  const shared = sharedStateWith(new FakeClock(), 'audienceManager: { concurrency: 1, callsPerSecond: 0 }');
  const calls = new WorkerCalls(workerOf(shared).channel);
  const first = turnOf(await enter(calls));
  const leaving = new AbortController();
  const second = enter(calls, leaving.signal);
  expect(await isWaiting(second)).toBe(true);
  leaving.abort();
  expect(await second).toBe('aborted');
  expect(shared.calls.waiting.lookup).toBe(0);
  await first.end(OK);
  turnOf(await enter(calls));
});

it('have a listing take its memory before it asks for its turn', async () => {
  const shared = sharedStateWith(new FakeClock(), 'audienceManager: { concurrency: 4, callsPerSecond: 0 }');
  const calls = new WorkerCalls(workerOf(shared).channel);
  const room = {
    free: false,
    isTaken: false,
    hasRoom: (): boolean => room.free,
    take: (): void => {
      room.isTaken = true;
    },
  };
  const { signal } = new AbortController();
  const entering = calls.enter({ host: HOST, priority: new RefreshPriority('scheduled'), room, signal });
  expect(await isWaiting(entering)).toBe(true);
  room.free = true;
  calls.wake();
  turnOf(await entering);
  expect(room.isTaken).toBe(true);
});

it('write one after the other, also after one has ended in the middle', async () => {
  const shared = sharedStateWith(new FakeClock(), '');
  const [one, two] = [workerOf(shared), workerOf(shared)];
  await one.channel.call('beginWriting', null);
  const second = two.channel.call('beginWriting', null);
  expect(await isWaiting(second)).toBe(true);
  one.end();
  await second;
});
