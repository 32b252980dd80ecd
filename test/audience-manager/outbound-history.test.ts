import { describe, expect, it } from 'vitest';
import type { OutboundHistory } from '../../src/audience-manager/index.js';
import { codeOf, failureOf, startLoggedIn, type Upstream } from '../support/upstream.js';

const DAY_MS = 86_400_000;
const TO = Date.UTC(2026, 5, 2);
const PERIOD = { from: TO - 7 * DAY_MS, to: TO };

function read({ client, account }: Upstream, period = PERIOD): Promise<OutboundHistory> {
  return client.readOutboundHistory(account('acme'), '314', period);
}

/** Has the simulator answer with this. */
function answerWith({ simulator }: Upstream, answer: unknown): void {
  simulator.fault({ endpoint: 'outbound', action: { kind: 'answer', transform: () => answer } });
}

const DOCUMENTED = {
  pushID: 34090,
  orderID: 655,
  dataProviderID: 269,
  syncType: 1,
  fullPublish: false,
  receivedRecords: 3,
  attemptedRecords: 2,
  successRecords: 1,
  startTime: TO - DAY_MS,
  endTime: TO - DAY_MS + 1_000,
  dataFileName: 'ftp_655_269_iter_1337229891903.sync',
  success: true,
};

const READ = {
  pushId: '34090',
  masterDpid: '269',
  isFull: false,
  receivedRecords: 3,
  attemptedRecords: 2,
  successRecords: 1,
  startedAt: TO - DAY_MS,
  endedAt: TO - DAY_MS + 1_000,
  fileName: 'ftp_655_269_iter_1337229891903.sync',
  success: true,
};

describe('the history of what was sent', () => {
  it('is asked for by milliseconds, in the order in which jobs began', async () => {
    const upstream = await startLoggedIn();
    const { simulator } = upstream;
    simulator.deliver('acme', 314, { at: TO - DAY_MS });
    simulator.deliver('acme', 314, { at: TO - 2 * DAY_MS, mode: 'full' });
    simulator.deliver('acme', 314, { at: TO - 9 * DAY_MS });
    const { jobs, skipped } = await read(upstream);
    expect(jobs.map(({ startedAt, isFull }) => [startedAt, isFull])).toEqual([
      [TO - 2 * DAY_MS, true],
      [TO - DAY_MS, false],
    ]);
    expect(skipped).toBe(0);
    expect(simulator.calls.at(-1)?.path).toBe(
      `/v1/destinations/314/history/outbound?startDate=${PERIOD.from}&endDate=${PERIOD.to}`,
    );
  });

  it.each<[string, object, object]>([
    ['as documented', {}, {}],
    [
      'with numbers and flags as text',
      {
        pushID: '34090',
        receivedRecords: '3',
        fullPublish: 'TRUE',
        success: '0',
        startTime: String(TO - DAY_MS),
      },
      { isFull: true, success: false },
    ],
    ['with times in seconds', { startTime: (TO - DAY_MS) / 1_000, endTime: (TO - DAY_MS) / 1_000 + 1 }, {}],
    ['with the folder of the file', { dataFileName: 's3://bucket/in/a.sync' }, { fileName: 'a.sync' }],
    ['without a file', { dataFileName: null }, { fileName: null }],
    [
      'with fields that cannot be used',
      { pushID: {}, receivedRecords: -1, successRecords: 1.5, endTime: 'soon', success: 'perhaps' },
      { pushId: null, receivedRecords: null, successRecords: null, endedAt: null, success: null },
    ],
  ])('is read %s', async (_what, fields, expected) => {
    const upstream = await startLoggedIn();
    answerWith(upstream, [{ ...DOCUMENTED, ...fields }]);
    expect((await read(upstream)).jobs).toEqual([{ ...READ, ...expected }]);
  });

  it('is read where it comes as a page, without what lies outside of the period', async () => {
    const upstream = await startLoggedIn();
    const old = { ...DOCUMENTED, startTime: PERIOD.from - 1 };
    answerWith(upstream, { total: 2, page: 0, pageSize: 10, list: [old, DOCUMENTED] });
    expect((await read(upstream)).jobs).toEqual([READ]);
  });

  it('counts entries that say neither which file was sent nor when', async () => {
    const upstream = await startLoggedIn();
    answerWith(upstream, [DOCUMENTED, null, { pushID: 7 }, 'x']);
    expect(await read(upstream)).toEqual({ jobs: [READ], skipped: 3 });
  });

  it('may be empty', async () => {
    expect(await read(await startLoggedIn())).toEqual({ jobs: [], skipped: 0 });
  });

  it('that cannot be read at all is an error', async () => {
    for (const answer of [[{ pushID: 7 }], { jobs: [] }, 'nothing']) {
      const upstream = await startLoggedIn();
      answerWith(upstream, answer);
      expect(await codeOf(read(upstream))).toBe('AAM_BAD_RESPONSE');
    }
  });

  it('fails as other calls do: no access, no such destination, too large, not now', async () => {
    const upstream = await startLoggedIn();
    const { client, account, clock, simulator } = upstream;
    const failure = (id: string) => failureOf(client.readOutboundHistory(account('acme'), id, PERIOD), clock);
    expect(await failure('566')).toMatchObject({ code: 'AAM_FORBIDDEN', status: 403 });
    expect(await failure('999')).toMatchObject({ code: 'AAM_NOT_FOUND' });
    const huge = simulator.fault({ endpoint: 'outbound', action: { kind: 'huge', bytes: 5 * 1024 * 1024 } });
    expect(await failure('314')).toMatchObject({ code: 'AAM_BAD_RESPONSE', message: /larger|large/ });
    huge.remove();
    simulator.fault({ endpoint: 'outbound', action: { kind: 'status', status: 503 } });
    expect(await failure('314')).toMatchObject({ code: 'AAM_UNAVAILABLE' });
    expect(simulator.count({ endpoint: 'outbound', status: 503 })).toBe(4);
  });
});
