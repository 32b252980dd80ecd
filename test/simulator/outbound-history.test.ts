import { describe, expect, it } from 'vitest';
import { asAcme, asGlobex, json, startSimulator } from './support.js';

type Jobs = Record<string, unknown>[];

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 2);

describe('the history of what was sent to a destination', () => {
  it('has the fields of the documented example', async () => {
    const simulator = await startSimulator({ now: () => NOW });
    simulator.destination('acme', 314).jobs = [
      {
        pushId: 34090,
        dataProviderId: 269,
        fullPublish: false,
        receivedRecords: 1,
        attemptedRecords: 1,
        successRecords: 1,
        startTime: 1337292466000,
        endTime: 1337292466000,
        dataFileName: 'ftp_655_269_iter_1337229891903.sync',
        success: true,
      },
    ];
    const get = await asAcme(simulator);
    const path = '/destinations/314/history/outbound?startDate=1000000000&endDate=1403034473000';
    expect(await json<Jobs>(get(path))).toEqual([
      {
        pushID: 34090,
        orderID: 314,
        dataProviderID: 269,
        syncType: 1,
        fullPublish: false,
        receivedRecords: 1,
        attemptedRecords: 1,
        successRecords: 1,
        startTime: 1337292466000,
        endTime: 1337292466000,
        dataFileName: 'ftp_655_269_iter_1337229891903.sync',
        success: true,
      },
    ]);
    expect(simulator.count({ endpoint: 'outbound', destinationId: 314 })).toBe(1);
  });

  it('lists what was delivered in the period, and nothing else', async () => {
    const simulator = await startSimulator({ now: () => NOW });
    simulator.deliver('acme', 314, { at: NOW - 2 * DAY_MS, mode: 'full', users: 7 });
    simulator.deliver('acme', 314);
    const get = await asAcme(simulator);
    const modes = async (from: number, to: number): Promise<unknown[]> =>
      (await json<Jobs>(get(`/destinations/314/history/outbound?startDate=${from}&endDate=${to}`))).map(
        ({ fullPublish, receivedRecords }) => [fullPublish, receivedRecords],
      );
    expect(await modes(NOW - 3 * DAY_MS, NOW)).toEqual([
      [true, 7],
      [false, 40],
    ]);
    expect(await modes(NOW - DAY_MS, NOW)).toEqual([[false, 40]]);
    expect(await modes(0, NOW - 3 * DAY_MS)).toEqual([]);
  });

  it('needs both ends of the period, as numbers', async () => {
    const get = await asAcme(await startSimulator());
    for (const query of ['', '?startDate=1', '?endDate=1', '?startDate=yesterday&endDate=1']) {
      const response = await get(`/destinations/314/history/outbound${query}`);
      expect([query, response.status]).toEqual([query, 400]);
    }
    expect((await get('/destinations/315/history/outbound?startDate=1&endDate=2')).status).toBe(200);
  });

  it('of a destination that the user may not read is 403, that of an unknown one is 404', async () => {
    const get = await asGlobex(await startSimulator());
    const statusOf = async (id: number): Promise<number> =>
      (await get(`/destinations/${id}/history/outbound?startDate=1&endDate=2`)).status;
    expect([await statusOf(569), await statusOf(314), await statusOf(999)]).toEqual([403, 403, 404]);
  });
});
