import { describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/graphql/index.js';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { FakeClock } from '../support/fake-clock.js';
import { TestGateway } from '../support/gateway.js';

const AT = 'customerId: "acme", destinationId: "314"';
const TIME_LIMIT = 15_000;

describe('the deadline of a request', () => {
  it('ends its signal when the time is over, and not before', () => {
    const clock = new FakeClock();
    const deadline = new Deadline(clock, 100);
    clock.advance(60);
    const { signal } = deadline;
    clock.advance(39);
    expect(signal.aborted).toBe(false);
    expect(() => deadline.check()).not.toThrow();
    clock.advance(1);
    expect(signal.reason).toMatchObject({ code: 'AAM_UNAVAILABLE' });
    expect(() => deadline.check()).toThrow('time limit of 100 ms');
  });

  it('ends its signal with the request, also one that is asked for afterwards, and sets no timer again', async () => {
    const clock = new FakeClock();
    const schedule = vi.spyOn(clock, 'schedule');
    const deadline = new Deadline(clock, 100);
    const { signal } = deadline;
    const late = new Deadline(clock, 100);
    deadline.end();
    late.end();
    expect(signal.reason).toMatchObject({ message: 'The request was cancelled.' });
    expect(late.signal.reason).toMatchObject({ message: 'The request was cancelled.' });
    await expect(late.within(new Promise(() => undefined))).rejects.toBe(late.signal.reason);
    expect(schedule).toHaveBeenCalledTimes(1);
  });
});

describe('a request whose time is over', () => {
  it.each([
    ['histories', `{ segments(${AT}, segmentIds: ["1001", "1002"]) { history { totalCount } } }`],
    ['revisions', `{ destination(${AT}) { changes(since: "2000-01-01T00:00:00Z") { totalCount } } }`],
    ['revisionsAt', `{ segment(${AT}, segmentId: "1001", at: "2100-01-01T00:00:00Z") { name } }`],
    ['search', '{ searchSegments(text: "segment") { totalCount } }'],
    ['findByIdentifiers', '{ findSegments(segmentIds: ["1001"]) { results { matchCount } } }'],
    ['changesByDay', `{ destination(${AT}) { changesByDay { total } } }`],
  ] as const)('ends its read of the storage, and blames it: %s', async (method, query) => {
    await using gateway = await started();
    const reading = held(method);
    const answer = gateway.query(query);
    const signal = await reading;
    gateway.clock.advance(TIME_LIMIT - 1);
    expect(signal.aborted).toBe(false);
    gateway.clock.advance(1);
    expect(signal.aborted).toBe(true);
    const { errors } = await answer;
    expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['STORAGE_UNAVAILABLE']),
    );
  });
});

describe('a request whose client is gone', () => {
  it('ends its read of the storage', async () => {
    await using gateway = await started();
    const reading = held('histories');
    const client = new AbortController();
    const answer = gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ segment(${AT}, segmentId: "1001") { history { totalCount } } }` }),
      signal: client.signal,
    });
    const signal = await reading;
    expect(signal.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    client.abort();
    await expect(answer).rejects.toThrow();
    await aborted;
    expect(signal.reason).toMatchObject({ message: 'The request was cancelled.' });
  });
});

/** Holds back all calls of a read of the storage until their signal is aborted. Resolves with the signal of the first. */
function held(
  method: 'histories' | 'revisions' | 'revisionsAt' | 'search' | 'findByIdentifiers' | 'changesByDay',
): Promise<AbortSignal> {
  return new Promise((resolve) => {
    const read = async (...args: unknown[]): Promise<never> => {
      const signal = args.at(-1) as AbortSignal;
      resolve(signal);
      return await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    };
    vi.spyOn(SqlStorage.prototype, method).mockImplementation(read);
  });
}

async function started(): Promise<TestGateway> {
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    config: { freshness: { refreshEvery: 0 }, limits: { requestTimeout: `${TIME_LIMIT}ms` } },
  });
  await gateway.query(`mutation { refreshDestination(${AT}) { sync { status } } }`);
  return gateway;
}
