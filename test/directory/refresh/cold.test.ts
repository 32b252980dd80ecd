import { describe, expect, it } from 'vitest';
import { DirectoryError } from '../../../src/directory/index.js';
import type { Storage } from '../../../src/storage/index.js';
import type { AudienceManagerSimulator } from '../../../src/simulator/index.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  allNames,
  counts,
  hold,
  listingUnderWay,
  startDirectory,
  type DirectorySetUp,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';

/** The delays after failures are 0.75 s, 1.5 s, 3 s … if `random` always returns 0.5. */
const FIRST_PAUSE = 750;
const SECOND_PAUSE = 1_500;

interface Failure {
  readonly cause: string;
  readonly code: string;
  readonly message: RegExp;
  /** Causes the failure; the returned function ends it. */
  readonly breakIt: (simulator: AudienceManagerSimulator) => () => void;
  /** The first two delays, if they are longer because of rejected credentials or of `Retry-After`. */
  readonly pauses?: readonly [number, number];
}

const answering =
  (status: number, retryAfter?: string): Failure['breakIt'] =>
  (simulator) => {
    const action = { kind: 'status', status, ...(retryAfter !== undefined && { retryAfter }) } as const;
    const fault = simulator.fault({ endpoint: 'mappings', action });
    return () => fault.remove();
  };

const FAILURES: Failure[] = [
  {
    cause: 'access is refused (403)',
    code: 'AAM_FORBIDDEN',
    message: /may not read/,
    breakIt: answering(403),
  },
  {
    cause: 'there is no such destination (404)',
    code: 'AAM_NOT_FOUND',
    message: /no such destination/,
    breakIt: (simulator) => {
      const gone = simulator.destination('acme', 314);
      simulator.removeDestination('acme', 314);
      return () => simulator.addDestination('acme', gone);
    },
  },
  {
    cause: 'the credentials are rejected',
    code: 'AAM_AUTH_FAILED',
    message: /rejected the credentials/,
    breakIt: (simulator) => {
      simulator.setPassword('acme', 'changed');
      return () => simulator.setPassword('acme', 'acme-password');
    },
    pauses: [MINUTE, 10 * MINUTE],
  },
  {
    cause: 'there is an error in the server (500)',
    code: 'AAM_UNAVAILABLE',
    message: /status 500/,
    breakIt: answering(500),
  },
  {
    cause: 'the server is down (503)',
    code: 'AAM_UNAVAILABLE',
    message: /status 503/,
    breakIt: answering(503),
  },
  {
    cause: 'calls are limited (429)',
    code: 'AAM_RATE_LIMITED',
    message: /limits the rate/,
    breakIt: answering(429),
  },
  {
    cause: 'calls are limited for longer than the pause',
    code: 'AAM_RATE_LIMITED',
    message: /limits the rate/,
    breakIt: answering(429, '120'),
    pauses: [2 * MINUTE, 2 * MINUTE],
  },
  {
    cause: 'the connection is reset',
    code: 'AAM_UNAVAILABLE',
    message: /could not be reached/,
    breakIt: (simulator) => {
      const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'reset' } });
      return () => fault.remove();
    },
  },
  {
    cause: 'the answer is not JSON',
    code: 'AAM_BAD_RESPONSE',
    message: /not JSON/,
    breakIt: (simulator) => {
      const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'body', body: '{"list":[' } });
      return () => fault.remove();
    },
  },
  {
    cause: 'the token endpoint is down',
    code: 'AAM_UNAVAILABLE',
    message: /status 502/,
    breakIt: (simulator) => {
      const fault = simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 502 } });
      return () => fault.remove();
    },
  },
];

describe('a destination that was never listed', () => {
  it.each(FAILURES)(
    'fails with $code if $cause, and is retried only after a delay',
    async ({ code, message, breakIt, pauses = [FIRST_PAUSE, SECOND_PAUSE] }) => {
      const { simulator, clock, at } = await startDirectory();
      const mend = breakIt(simulator);
      const failure = expect.objectContaining({ code, message: expect.stringMatching(message) as string });
      const ask = (): Promise<unknown> => at().snapshot();

      await expect(ask()).rejects.toBeInstanceOf(DirectoryError);
      expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code, at: clock.now() } });
      const calls = simulator.count();
      clock.advance(pauses[0] - 1);
      await Promise.all(Array.from({ length: 100 }, () => expect(ask()).rejects.toEqual(failure)));
      expect(simulator.count()).toBe(calls);

      clock.advance(1);
      await expect(ask()).rejects.toEqual(failure);
      const callsOfTwo = simulator.count();
      expect(callsOfTwo).toBeGreaterThan(calls);
      clock.advance(pauses[1] - 1);
      await expect(ask()).rejects.toEqual(failure);
      expect(simulator.count()).toBe(callsOfTwo);

      mend();
      clock.advance(1);
      expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
      expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
    },
  );

  it('names the destination once in its error message, also if the error is repeated from memory', async () => {
    const { simulator, at } = await startDirectory();
    answering(403)(simulator);
    const message = 'Destination 314 of customer acme: The credentials may not read this destination.';
    await expect(at().snapshot()).rejects.toMatchObject({ message });
    await expect(at().snapshot()).rejects.toMatchObject({ message });
    expect(simulator.listings()).toBe(1);
  });

  it('fails with AAM_UNAVAILABLE if Audience Manager does not respond within requestTimeout', async () => {
    const { simulator, clock, at } = await startDirectory({ requestTimeoutMs: 3 * SECOND });
    simulator.fault({ endpoint: 'mappings', action: { kind: 'hang' } });
    const arrived = simulator.nextCall({ endpoint: 'mappings' });
    const asked = at().snapshot();
    await arrived;
    clock.advance(3 * SECOND);
    await expect(asked).rejects.toMatchObject({
      code: 'AAM_UNAVAILABLE',
      message: expect.stringContaining('did not answer within 3000 ms') as string,
    });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    expect(simulator.listings()).toBe(1);
  });

  it('retries a call after a temporary failure, once for all waiting lookups', async () => {
    const { simulator, clock, at } = await startDirectory({ retries: 3 });
    simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 503 } });
    const asked = Promise.all(Array.from({ length: 20 }, () => at().snapshot()));
    clock.advance(await clock.timer((ms) => ms === 125));
    expect(new Set(await asked).size).toBe(1);
    expect(simulator.count({ endpoint: 'mappings' })).toBe(2);
    expect(at().sync().status).toBe('FRESH');
  });

  it('fails after coldTimeout, while the listing continues and is used by later lookups', async () => {
    const { simulator, clock, at } = await startDirectory();
    const gate = hold(simulator);
    const first = at().snapshot();
    const begunAt = clock.now();
    await gate.arrival;
    clock.advance(4 * SECOND);
    const second = at().snapshot();

    clock.advance(6 * SECOND);
    await expect(first).rejects.toMatchObject({
      code: 'AAM_UNAVAILABLE',
      message:
        'Destination 314 of customer acme: Reading it takes longer than 10000 ms. It goes on in the background; try again later.',
    });
    expect(at().sync()).toMatchObject({ status: 'NEVER', lastError: null });
    clock.advance(4 * SECOND);
    await expect(second).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });

    const third = at().snapshot();
    gate.open();
    expect(allNames(await third)).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(await at().snapshot()).toBe(await third);
    // What is read may be as old as the beginning of the listing.
    expect((await third).asOf).toBe(begunAt);
    expect(simulator.count({ endpoint: 'mappings' })).toBe(1);
  });

  it('blames the storage, and not Audience Manager, if that is what has not answered within coldTimeout', async () => {
    for (const method of ['read', 'claim', 'write'] as const) {
      const gated = new GatedStorage();
      // A storage that is shared is written before a listing is served.
      const wrap = (storage: Storage): Storage =>
        new Proxy(gated.wrap(storage), {
          get: (target, name) => (name === 'engine' ? 'postgres' : (Reflect.get(target, name) as unknown)),
        });
      const { clock, at } = await startDirectory({ wrap });
      const gate = gated.hold(method);
      const lookup = at().snapshot();
      await gate.arrival;
      clock.advance(10 * SECOND);
      await expect(lookup, method).rejects.toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        message: expect.stringContaining('storage has not answered for 10000 ms') as string,
      });
      gate.open();
      expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
    }
  });

  it('blames Audience Manager if that is what took most of coldTimeout', async () => {
    const gated = new GatedStorage();
    const wrap = (storage: Storage): Storage =>
      new Proxy(gated.wrap(storage), {
        get: (target, name) => (name === 'engine' ? 'postgres' : (Reflect.get(target, name) as unknown)),
      });
    const { clock, at, simulator } = await startDirectory({ wrap });
    const listing = hold(simulator);
    const lookup = at().snapshot();
    await listing.arrival;
    clock.advance(6 * SECOND);
    const writing = gated.hold('write');
    listing.open();
    await writing.arrival;
    clock.advance(4 * SECOND);
    await expect(lookup).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    writing.open();
    expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
  });

  it('reports the error of the listing if that fails after coldTimeout', async () => {
    const { simulator, clock, at } = await startDirectory();
    const gate = hold(simulator);
    simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 404 } });
    const asked = at().snapshot();
    await gate.arrival;
    clock.advance(10 * SECOND);
    await expect(asked).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    gate.open();
    await listingUnderWay(at());
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_NOT_FOUND' } });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_NOT_FOUND' });
  });

  it('resets the delay after a success', async () => {
    const { simulator, clock, metrics, at } = await startDirectory();
    const mend = answering(403)(simulator);
    for (const pause of [FIRST_PAUSE, SECOND_PAUSE]) {
      await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
      clock.advance(pause);
    }
    mend();
    await at().snapshot();
    clock.advance(HOUR + 1);
    answering(403)(simulator);
    await listingUnderWay(at());
    simulator.resetCalls();
    clock.advance(FIRST_PAUSE - 1);
    await at().snapshot();
    expect(at().sync().lastAttemptAt).toBe(clock.now() - FIRST_PAUSE + 1);
    clock.advance(1);
    await at().snapshot();
    await listingUnderWay(at());
    expect(simulator.listings()).toBe(1);
    expect(await counts(metrics.refreshes)).toMatchObject({ 'stale AAM_FORBIDDEN': 1 });
  });

  it('does not block other destinations of the same customer', async () => {
    const forbidden: DirectorySetUp = {
      customers: [
        {
          key: 'acme',
          type: 'password',
          username: 'u',
          password: 'p',
          destinations: [
            { id: 1, name: 'One', type: 'S2S', mappings: [], forbidden: true },
            { id: 2, name: 'Two', type: 'S2S', mappings: [{ mappingId: 7, name: 'Seven' }] },
          ],
        },
      ],
    };
    const { at, names } = await startDirectory(forbidden);
    await expect(at('acme', '1').snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    expect(await names(at('acme', '2'), '7')).toEqual(['Seven']);
    expect(at('acme', '2').sync().status).toBe('FRESH');
  });

  it('is retried after five minutes at most, however often it has failed', async () => {
    const { simulator, clock, at } = await startDirectory({ random: () => 0.999_999 });
    answering(403)(simulator);
    for (let attempt = 1; attempt <= 12; attempt++) {
      await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
      expect(simulator.listings()).toBe(attempt);
      clock.advance(attempt < 9 ? 2 ** (attempt - 1) * SECOND : 5 * MINUTE);
    }
  });
});
