import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { costlyOperations, knownCostlyOperations, type CostlyOperation } from './costly-operations.js';
import { LargeGateway, type Sent } from './large-gateway.js';

/** Other seeds find the same; a failure prints its own. */
const SEED = 20_261_129;
const OPERATIONS = 20;

/** How long others may have to wait, in milliseconds. */
const MAX_MS = 250;

/** Other processes may have taken the processor, also for some seconds, so what is too slow is tried again a little later. */
const TRIES = 10;
const RETRY_MS = 1_000;

const MAX_MEMORY_BYTES = 600 * 2 ** 20;

/** So many connections send the worst operations, so often each. */
const CONNECTIONS = 32;
const WORST = 5;
const ROUNDS = 2;

/** An operation within the limits, and how long it kept the event loop at most, in milliseconds. */
interface Costed {
  readonly body: { readonly query: string; readonly variables: Record<string, unknown> };
  readonly delayMs: number;
}

const costed: Costed[] = [];
let gateway: LargeGateway;

beforeAll(async () => {
  gateway = await LargeGateway.start();
}, 120_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** Sends an operation with shorter and shorter lists, until it is within the limits. */
async function largestAllowed({ query, variables }: CostlyOperation): Promise<Costed['body']> {
  for (let scale = 1; scale > 1e-5; scale /= 2) {
    const body = { query, variables: variables(scale) };
    const { status, text } = await gateway.post(body);
    if (text.includes('"QUERY_TOO_COMPLEX"')) continue;
    expect(status, `${text} to ${query}`).toBe(200);
    return body;
  }
  throw new Error(`is not within the limits, however short its lists are: ${query}`);
}

/** The shortest of several measurements, unless one of them is short enough already. */
async function delayOf(body: Costed['body']): Promise<number> {
  let delayMs = Infinity;
  for (let attempt = 0; attempt < TRIES && delayMs > MAX_MS; attempt++) {
    if (attempt > 0) await sleep(RETRY_MS);
    await gateway.eventLoopDelay();
    await gateway.post(body);
    delayMs = Math.min(delayMs, await gateway.eventLoopDelay());
  }
  return delayMs;
}

it('no single operation within the limits keeps others waiting', async () => {
  await fc.assert(
    fc.asyncProperty(costlyOperations, async (operation) => {
      const body = await largestAllowed(operation);
      const delayMs = await delayOf(body);
      costed.push({ body, delayMs });
      expect(delayMs, body.query).toBeLessThanOrEqual(MAX_MS);
    }),
    {
      seed: SEED,
      numRuns: OPERATIONS,
      examples: knownCostlyOperations.map((each) => [each]),
      endOnFailure: true,
    },
  );
  expect(await gateway.residentBytes()).toBeLessThan(MAX_MEMORY_BYTES);
}, 240_000);

it('the worst operations on 32 connections leave time for others, and memory', async () => {
  const worst = costed.sort((a, b) => b.delayMs - a.delayMs).slice(0, WORST);
  expect(worst).toHaveLength(WORST);
  let [p99, memory] = [Infinity, 0];
  for (let attempt = 0; attempt < TRIES && p99 > MAX_MS; attempt++) {
    if (attempt > 0) await sleep(RETRY_MS);
    const under = await pressure(worst);
    p99 = Math.min(p99, under.p99);
    memory = Math.max(memory, under.memory);
  }
  expect(p99).toBeLessThanOrEqual(MAX_MS);
  expect(memory).toBeLessThan(MAX_MEMORY_BYTES);
}, 240_000);

/** What 99 of 100 health checks and lookups of others take meanwhile, and the largest memory seen. */
async function pressure(worst: readonly Costed[]): Promise<{ p99: number; memory: number }> {
  let isOver = false;
  const attack = Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, connection) => {
      for (let round = 0; round < ROUNDS; round++) {
        const chosen = worst[(connection + round) % worst.length];
        await gateway.post(chosen?.body);
      }
    }),
  ).finally(() => {
    isOver = true;
  });
  const times: number[] = [];
  let memory = 0;
  const others = async (ask: () => Promise<Sent>): Promise<void> => {
    while (!isOver) {
      times.push((await ask()).ms);
      memory = Math.max(memory, await gateway.residentBytes());
    }
  };
  await Promise.all([attack, others(() => gateway.health()), others(() => gateway.lookUp())]);
  times.sort((a, b) => a - b);
  return { p99: times[Math.floor(times.length * 0.99)] ?? Infinity, memory };
}
