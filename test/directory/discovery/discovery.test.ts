import { setImmediate } from 'node:timers/promises';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import type { PasswordAccount } from '../../../src/audience-manager/index.js';
import type { SimulatorDestination } from '../../../src/simulator/index.js';
import { discovering } from '../../support/discovering.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  allNames,
  destination,
  hold,
  mappings,
  startDirectory,
  until,
  type DirectorySetUp,
  type TestDirectory,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { metricValue } from '../../support/upstream.js';
import { postgresDatabase, postgresServer } from '../../storage/support.js';

const FIRST = destination(314, mappings('Alpha', 'Beta'));
const SECOND_ONE = destination(315, mappings('Gamma'));
const OTHER = destination(9, mappings('Delta'));
const OTHER_USER = { username: 'somebody else' };

async function start(
  setUp: DirectorySetUp & { destinations?: SimulatorDestination[] } = {},
): Promise<
  TestDirectory & { readonly ids: () => string[]; readonly settled: (count?: number) => Promise<void> }
> {
  const { destinations = [{ ...FIRST }, { ...SECOND_ONE }], ...others } = setUp;
  const test = await startDirectory({
    customers: [acme(...destinations)],
    setups: discovering(),
    ...others,
    freshness: { refreshEveryMs: HOUR, ...others.freshness },
  });
  const ids = (): string[] => [...(test.directory.customers.get('acme')?.destinations.keys() ?? [])];
  /** Waits until so many lists were read, successfully or not. */
  const settled = async (count = 1): Promise<void> => {
    while ((await metricValue(test.metrics.discoveries)) < count) await setImmediate();
    await until(() => !test.directory.discovery.isBusy('acme'));
  };
  return { ...test, ids, settled };
}

/** Lets the next scheduled list be read. */
async function nextList({ clock, simulator }: TestDirectory, ms = HOUR): Promise<void> {
  const asked = simulator.nextCall({ endpoint: 'destinations' });
  clock.advance(ms);
  await asked;
}

const lists = ({ simulator }: TestDirectory): number => simulator.count({ endpoint: 'destinations' });
const warnings = ({ logs }: TestDirectory): string[] =>
  logs.filter(({ level }) => level === 'warn').map(({ msg }) => msg);

describe('a customer whose destinations are discovered', () => {
  it('has those that Audience Manager lists, with name and type, without a call for each', async () => {
    const test = await start({ destinations: [FIRST, SECOND_ONE, OTHER] });
    await test.directory.start();
    await test.settled();
    expect(test.ids()).toEqual(['9', '314', '315']);
    expect(test.at().details.get()).toMatchObject({ name: 'Destination 314', type: 'SERVER_TO_SERVER' });
    expect(allNames(await test.at().snapshot())).toEqual(['Alpha', 'Beta']);
    expect(lists(test)).toBe(1);
    expect(test.simulator.count({ endpoint: 'destination' })).toBe(0);
    expect(await metricValue(test.metrics.discoveries, { customer: 'acme', outcome: 'ok' })).toBe(1);
  });

  it('does not read what S2S destinations say of themselves to understand IDs of unstated kind', async () => {
    const test = await start({
      destinations: [FIRST, { ...SECOND_ONE, type: 'ADS' }],
      setups: discovering({ segmentIdType: 'AUTO' }),
    });
    await test.directory.start();
    await test.settled();
    await test.find(test.at(), ['101']);
    expect(test.simulator.count({ endpoint: 'destination' })).toBe(0);
    // Which values a cookie carries, only the destination itself says.
    await test.find(test.at('acme', '315'), ['101']);
    expect(test.simulator.count({ endpoint: 'destination', destinationId: '315' })).toBe(1);
  });

  it('reads a list of several pages, and one that moves while it is read', async () => {
    const all = Array.from({ length: 25 }, (_, index) => destination(100 + index, []));
    const test = await start({ destinations: all });
    test.simulator.fault({
      endpoint: 'destinations',
      times: 1,
      action: {
        kind: 'answer',
        transform: (body) => ({ ...(body as object), total: 26 }),
      },
    });
    await test.directory.start();
    await test.settled();
    expect(test.ids()).toHaveLength(25);
  });

  it('follows those that come, with each scheduled list', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    test.simulator.addDestination('acme', OTHER);
    await nextList(test);
    await until(() => test.ids().includes('9'));
    expect(allNames(await test.at('acme', '9').snapshot())).toEqual(['Delta']);
  });

  it('keeps one that goes with its names, says so once, and has it back when it comes back', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    const gone = test.at('acme', '315');
    await gone.snapshot();
    test.simulator.removeDestination('acme', 315);
    await nextList(test);
    await test.settled(2);
    await nextList(test);
    await test.settled(3);
    expect(test.ids()).toEqual(['314', '315']);
    expect(allNames(await gone.snapshot())).toEqual(['Gamma']);
    const logged = test.logs.filter(({ missing }) => missing !== undefined);
    expect(logged).toMatchObject([{ level: 'warn', customer: 'acme', missing: ['315'], count: 1 }]);
    test.simulator.addDestination('acme', { ...SECOND_ONE, name: 'Back again' });
    await nextList(test);
    await test.settled(4);
    expect(test.at('acme', '315')).toBe(gone);
    expect(gone.details.known?.name).toBe('Back again');
  });

  it('drops one that goes of which nothing is known', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    test.simulator.removeDestination('acme', 315);
    // It stays while it is not known yet whether anything is stored of it.
    for (let list = 2; list <= 4 && test.ids().length > 1; list += 1) {
      await nextList(test);
      await test.settled(list);
    }
    expect(test.ids()).toEqual(['314']);
  });

  it.each([
    ['an outage', { kind: 'status', status: 500 }, 'AAM_UNAVAILABLE'],
    ['a refusal', { kind: 'status', status: 403 }, 'AAM_FORBIDDEN'],
    ['something that is no list', { kind: 'answer', transform: () => ({ ok: true }) }, 'AAM_BAD_RESPONSE'],
    [
      'a list without one usable entry',
      { kind: 'answer', transform: () => [{ name: 'no ID' }, 7] },
      'AAM_BAD_RESPONSE',
    ],
    [
      'a list that never adds up',
      {
        kind: 'answer',
        transform: (body: unknown) =>
          Array.isArray(body) ? { total: 9, page: 0, list: body } : { ...(body as object), total: 9 },
      },
      'AAM_BAD_RESPONSE',
    ],
  ] as const)('keeps all of them over %s, and counts and logs it', async (_, action, code) => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    const fault = test.simulator.fault({ endpoint: 'destinations', action });
    await nextList(test);
    await test.settled(2);
    expect(test.ids()).toEqual(['314', '315']);
    expect(await metricValue(test.metrics.discoveries, { customer: 'acme', outcome: code })).toBe(1);
    expect(test.logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        customer: 'acme',
        code,
        msg: expect.stringContaining('could not be listed'),
      }),
    );
    fault.remove();
    await nextList(test, 2 * MINUTE);
    await test.settled(3);
    expect(test.directory.discovery.state('acme')?.lastError).toBeNull();
  });

  it('doubts an empty list after one that was not, until the next one says the same', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    await test.at().snapshot();
    for (const id of [314, 315]) test.simulator.removeDestination('acme', id);
    await nextList(test, 0.9 * HOUR);
    await test.settled(2);
    expect(await metricValue(test.metrics.discoveries, { outcome: 'doubted' })).toBe(1);
    expect(test.ids()).toEqual(['314', '315']);
    expect(warnings(test).filter((message) => message.includes('doubted'))).toHaveLength(1);
    await nextList(test, 2 * MINUTE);
    await test.settled(3);
    // Nothing was known of 315.
    expect(test.ids()).toEqual(['314']);
    expect(test.logs).toContainEqual(expect.objectContaining({ level: 'warn', missing: ['314', '315'] }));
  });

  it('warns where none is listed from the start', async () => {
    const test = await start({ destinations: [] });
    await test.directory.start();
    await test.settled();
    expect(warnings(test)).toEqual([expect.stringContaining('no destination is served')]);
  });

  it('has those that the configuration names whether they are listed or not, with their settings', async () => {
    const named = { id: '777', name: 'By hand', type: null, segmentIdType: 'SID' as const, format: null };
    const override = {
      id: '314',
      name: null,
      type: 'URL' as const,
      segmentIdType: 'ALIAS' as const,
      format: null,
    };
    const test = await start({
      setups: (all) => discovering()(all).map((setup) => ({ ...setup, destinations: [named, override] })),
    });
    expect(test.ids()).toEqual(['777', '314']);
    await test.directory.start();
    await test.settled();
    expect(test.ids()).toEqual(['777', '314', '315']);
    expect(test.at().settings).toBe(override);
    expect(test.at().details.known?.name).toBe('Destination 314');
  });

  it('takes those out of view that a reload excludes, and keeps the others with all that is known', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    const [kept, out] = [test.at(), test.at('acme', '315')];
    await Promise.all([kept.snapshot(), out.snapshot()]);
    const exclude = { ids: ['315'], names: [], types: [] };
    test.directory.configure(discovering({ exclude })([...test.setups]));
    expect(test.ids()).toEqual(['314']);
    expect(test.at()).toBe(kept);
    // Known, and left out: nobody is asked for it.
    expect(test.directory.discovery.lookFor('acme', '315')).toBeNull();
    expect(test.directory.discovery.failure('acme', '315')).toBeNull();
    test.directory.configure(test.setups);
    expect(test.ids()).toEqual(['314', '315']);
    expect(lists(test)).toBe(1);
  });
});

describe('the time of the next list', () => {
  it('is now for new credentials, also while a list with the old ones fails', async () => {
    const test = await start();
    test.simulator.fault({ endpoint: 'destinations', times: 1, action: { kind: 'status', status: 403 } });
    const gate = hold(test.simulator, { endpoint: 'destinations' });
    await test.directory.start();
    await gate.arrival;
    test.directory.configure(
      test.setups.map((setup) => ({
        ...setup,
        account: { ...(setup.account as PasswordAccount), ...OTHER_USER },
      })),
    );
    gate.open();
    await until(() => !test.directory.discovery.isBusy('acme'));
    expect(test.directory.discovery.state('acme')).toMatchObject({ lastError: { code: 'AAM_AUTH_FAILED' } });
  });

  it('comes without refreshes, too, until the first list could be read', async () => {
    const test = await start({ freshness: { refreshEveryMs: 0 } });
    test.simulator.fault({ endpoint: 'destinations', times: 1, action: { kind: 'status', status: 500 } });
    await test.directory.start();
    await test.settled();
    expect(test.ids()).toEqual([]);
    await nextList(test, 90 * SECOND);
    await until(() => test.ids().length === 2);
    await until(() => !test.directory.discovery.isBusy('acme'));
    expect(test.directory.discovery.state('acme')?.nextAttemptAt).toBeNull();
  });

  it('comes without refreshes, too, while an empty list is doubted and cannot be read again', async () => {
    const test = await start({ freshness: { refreshEveryMs: 0 } });
    await test.directory.start();
    await test.settled();
    for (const id of [314, 315]) test.simulator.removeDestination('acme', id);
    test.clock.advance(MINUTE);
    await test.directory.discovery.lookFor('acme', '9');
    const fault = test.simulator.fault({ endpoint: 'destinations', action: { kind: 'status', status: 500 } });
    await nextList(test, 2 * MINUTE);
    await test.settled(3);
    fault.remove();
    await nextList(test, 2 * MINUTE);
    await test.settled(4);
    expect(test.ids()).toEqual([]);
  });

  it('is as late as Audience Manager asks for, however short the interval is', async () => {
    const test = await start({ freshness: { refreshEveryMs: MINUTE } });
    test.simulator.fault({
      endpoint: 'destinations',
      times: 1,
      action: { kind: 'status', status: 429, headers: { 'retry-after': '600' } },
    });
    await test.directory.start();
    await test.settled();
    for (let minute = 0; minute < 9; minute++) {
      test.clock.advance(MINUTE);
      expect(test.directory.discovery.isBusy('acme')).toBe(false);
    }
    await nextList(test, 2 * MINUTE);
    await until(() => test.ids().length === 2);
  });

  it('is as late as the interval says, however long that is', async () => {
    const week = 7 * 24 * HOUR;
    const test = await start({ freshness: { refreshEveryMs: week } });
    await test.directory.start();
    await test.settled();
    for (let day = 0; day < 6; day++) {
      test.clock.advance(24 * HOUR);
      expect(test.directory.discovery.isBusy('acme')).toBe(false);
    }
    await nextList(test, 24 * HOUR);
    await test.settled(2);
  });

  it('is an interval from now at the latest after the clock was set back', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    test.clock.setBack(30 * 24 * HOUR);
    await nextList(test);
    await test.settled(2);
  });
});

describe('a destination that nobody knows', () => {
  it('is looked for once within newIdInterval, by all who ask together', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    test.clock.advance(MINUTE);
    test.simulator.addDestination('acme', OTHER);
    const gate = hold(test.simulator, { endpoint: 'destinations' });
    const asked = Array.from({ length: 5 }, () => test.directory.discovery.lookFor('acme', '9'));
    await gate.arrival;
    gate.open();
    await Promise.all(asked.map(async (each) => await each));
    expect(test.ids()).toContain('9');
    expect(lists(test)).toBe(2);
    test.simulator.addDestination('acme', destination(10, []));
    expect(test.directory.discovery.lookFor('acme', '10')).toBeNull();
    test.clock.advance(MINUTE);
    await test.directory.discovery.lookFor('acme', '10');
    expect(test.ids()).toContain('10');
  });

  it('is not looked for again and again if Audience Manager does not have it', async () => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    test.clock.advance(MINUTE);
    await test.directory.discovery.lookFor('acme', '404');
    test.clock.advance(2 * MINUTE);
    expect(test.directory.discovery.lookFor('acme', '404')).toBeNull();
    expect(lists(test)).toBe(2);
  });

  it('is waited for no longer than coldTimeout, and then nobody can say', async () => {
    const test = await start();
    const gate = hold(test.simulator, { endpoint: 'destinations' });
    await test.directory.start();
    await gate.arrival;
    const looking = test.directory.discovery.lookFor('acme', '314');
    test.clock.advance(10 * SECOND);
    await looking;
    expect(test.directory.discovery.failure('acme', '314')).toMatchObject({ code: 'AAM_UNAVAILABLE' });
    gate.open();
    await test.settled();
    expect(test.directory.discovery.failure('acme', '314')).toBeNull();
    expect(test.directory.discovery.failure('acme', '999')).toBeNull();
  });

  it('is an error with the reason while the list cannot be read', async () => {
    const test = await start();
    test.simulator.refuse('acme', 'locked');
    await test.directory.start();
    await test.settled();
    expect(test.directory.discovery.failure('acme', '314')).toMatchObject({
      code: 'AAM_AUTH_FAILED',
      message: expect.stringMatching(/^The destinations of customer acme cannot be listed: .*locked/),
    });
  });
});

describe('what was discovered', () => {
  it('is served after a restart while Audience Manager is down', async () => {
    const first = await start();
    await first.directory.start();
    await first.settled();
    await first.at().snapshot();
    const second = await start({ storage: { engine: 'sqlite', path: first.file } });
    second.simulator.fault({ action: { kind: 'reset' } });
    await second.directory.start();
    expect(second.ids()).toEqual(['314', '315']);
    expect(second.at().details.known).toMatchObject({ name: 'Destination 314', type: 'SERVER_TO_SERVER' });
    expect(allNames(await second.at().snapshot())).toEqual(['Alpha', 'Beta']);
  });

  it('is known to commands that do not start the directory', async () => {
    const first = await start();
    await first.directory.start();
    await first.settled();
    const second = await start({ storage: { engine: 'sqlite', path: first.file } });
    await second.directory.discovery.restore();
    expect(second.ids()).toEqual(['314', '315']);
    expect(lists(second)).toBe(0);
  });

  it('is served from memory while the storage cannot be written, and stored when it can', async () => {
    const gated = new GatedStorage();
    const test = await start({ wrap: gated.wrap });
    gated.refuse('writeDiscovery');
    await test.directory.start();
    await test.settled();
    expect(test.ids()).toEqual(['314', '315']);
    gated.allow('writeDiscovery');
    test.clock.advance(5 * SECOND);
    await until(() => test.directory.discovery.state('acme')?.revision === 1);
    const second = await start({ storage: { engine: 'sqlite', path: test.file } });
    await second.directory.discovery.restore();
    expect(second.ids()).toEqual(['314', '315']);
  });
});

describe('what is stored', () => {
  it('of destinations of a customer that comes back is known before a list can take them away', async () => {
    const first = await start();
    await first.directory.start();
    await first.settled();
    await first.at('acme', '315').snapshot();
    const gated = new GatedStorage();
    const test = await start({
      storage: { engine: 'sqlite', path: first.file },
      destinations: [FIRST],
      wrap: gated.wrap,
    });
    test.clock.advance(2 * MINUTE);
    test.directory.configure([]);
    await test.directory.start();
    const gate = gated.hold('state');
    test.directory.configure(test.setups);
    await gate.arrival;
    await test.settled();
    expect(test.ids()).toEqual(['314', '315']);
    gate.open();
    expect(allNames(await test.at('acme', '315').snapshot())).toEqual(['Gamma']);
  });

  it.each([
    ['was removed', 'delete from discovery'],
    ['is earlier, of a backup', 'update discovery set revision = 1'],
  ])('is written again if it %s', async (_, change) => {
    const test = await start();
    await test.directory.start();
    await test.settled();
    await nextList(test);
    await test.settled(2);
    const database = new Database(test.file);
    // The listings of the destinations are being stored.
    await until(() => {
      try {
        database.exec(change);
        return true;
      } catch {
        return false;
      }
    });
    test.simulator.addDestination('acme', OTHER);
    await nextList(test);
    await test.settled(3);
    const [row] = database.prepare('select destinations from discovery').raw().all() as [[string]];
    database.close();
    expect(JSON.parse(row[0])).toHaveLength(3);
  });
});

describe.skipIf(postgresServer === null)('gateways that share a database', () => {
  it('list the destinations once for all of them, and know what another has found', async () => {
    const { config: storage } = await postgresDatabase();
    const [one, two] = [await start({ storage }), await start({ storage })];
    await Promise.all([one.directory.start(), two.directory.start()]);
    // Who waits for the other looks at the database every 200 ms.
    const both = (): boolean =>
      [one, two].every(({ ids, directory }) => ids().length === 2 && !directory.discovery.isBusy('acme'));
    await passing([one.clock, two.clock], both);
    expect(lists(one) + lists(two)).toBe(1);
    one.clock.advance(2 * MINUTE);
    one.simulator.addDestination('acme', OTHER);
    void one.directory.discovery.lookFor('acme', '9');
    await passing([one.clock], () => one.ids().includes('9'));
    // The other one looks at what was stored every 10 s.
    await passing([two.clock], () => two.ids().includes('9'));
    expect(lists(one) + lists(two)).toBe(2);
  });
});

/** Moves time on ten times as fast as it passes, a second at once at most, until something holds. */
async function passing(
  clocks: readonly { advance(ms: number): void }[],
  holds: () => boolean,
): Promise<void> {
  let last = performance.now();
  while (!holds()) {
    await setImmediate();
    const passed = Math.floor(performance.now() - last);
    last += passed;
    // The process may have stood still. Nobody's lease ends for that.
    for (const clock of clocks) clock.advance(Math.min(SECOND, 10 * passed));
  }
}
