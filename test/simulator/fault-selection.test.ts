import { describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/simulator/index.js';
import { asAcme, asGlobex, json, startSimulator } from './support.js';

const MAPPINGS = '/destinations/314/mappings/';

describe('faults', () => {
  const unavailable: FaultAction = { kind: 'status', status: 503 };

  it('affect only the calls that match all filters', async () => {
    const simulator = await startSimulator();
    const acme = await asAcme(simulator);
    const globex = await asGlobex(simulator);
    const fault = simulator.fault({
      endpoint: 'mappings',
      customer: 'acme',
      destinationId: 314,
      page: 1,
      action: unavailable,
    });
    expect((await acme(MAPPINGS)).status).toBe(200);
    expect((await acme(`${MAPPINGS}?page=0`)).status).toBe(200);
    expect((await acme('/destinations/315/mappings/?page=1')).status).toBe(200);
    expect((await globex('/destinations/566/mappings/?page=1')).status).toBe(200);
    expect((await acme('/destinations?page=1')).status).toBe(200);
    expect(fault.hits).toBe(0);
    expect((await acme(`${MAPPINGS}?page=1`)).status).toBe(503);
    expect(fault.hits).toBe(1);
  });

  it('skip the first calls, affect a number of calls, and end when they are removed', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    const statuses = async (calls: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let call = 0; call < calls; call += 1) seen.push((await get('/destinations/314')).status);
      return seen;
    };
    const fault = simulator.fault({ after: 1, times: 2, action: unavailable });
    expect(await statuses(5)).toEqual([200, 503, 503, 200, 200]);
    expect(fault.hits).toBe(2);
    const lasting = simulator.fault({ action: unavailable });
    expect(await statuses(2)).toEqual([503, 503]);
    lasting.remove();
    expect(await statuses(1)).toEqual([200]);
    simulator.fault({ action: unavailable });
    simulator.clearFaults();
    expect(await statuses(1)).toEqual([200]);
  });

  it('that replace the response affect a call one at a time, the oldest first', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    simulator.fault({ times: 1, action: unavailable });
    simulator.fault({ times: 1, action: { kind: 'status', status: 429 } });
    expect((await get(MAPPINGS)).status).toBe(503);
    expect((await get(MAPPINGS)).status).toBe(429);
    expect((await get(MAPPINGS)).status).toBe(200);
  });

  it('with a share affect calls at random, the same ones with the same seed', async () => {
    const selected = async (seed: number, share: number): Promise<number[]> => {
      const simulator = await startSimulator();
      const get = await asAcme(simulator);
      const fault = simulator.fault({ endpoint: 'destination', share, seed, times: 30, action: unavailable });
      const hit: number[] = [];
      for (let call = 0; call < 60; call += 1)
        if ((await get('/destinations/314')).status === 503) hit.push(call);
      expect(fault.hits).toBe(hit.length);
      return hit;
    };
    const some = await selected(7, 0.25);
    expect(some.length).toBeGreaterThan(5);
    expect(some.length).toBeLessThan(30);
    expect(await selected(7, 0.25)).toEqual(some);
    expect(await selected(8, 0.25)).not.toEqual(some);
    expect(await selected(7, 0)).toEqual([]);
    expect(await selected(7, 1)).toHaveLength(30);
  });

  it('that change a successful response do not count error responses', async () => {
    const simulator = await startSimulator();
    const fault = simulator.fault({ times: 1, action: { kind: 'rows', transform: () => [] } });
    expect((await fetch(simulator.baseUrl + MAPPINGS)).status).toBe(401);
    expect(fault.hits).toBe(0);
    expect(await json((await asAcme(simulator))(MAPPINGS))).toEqual([]);
  });

  it('that wait and faults that replace the response can affect the same call', async () => {
    const waits: number[] = [];
    const delay = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const simulator = await startSimulator({ delay });
    simulator.fault({ action: unavailable });
    simulator.fault({ action: { kind: 'delay', ms: 10 } });
    expect((await fetch(simulator.baseUrl + MAPPINGS)).status).toBe(503);
    expect(waits).toEqual([10]);
  });
});
