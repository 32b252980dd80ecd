import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { AudienceManagerSimulator, type SimulatorOptions } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { hold } from '../support/directory.js';
import { configTextFor, type FurtherConfig } from '../support/gateway.js';
import { postQuery } from '../support/graphql-request.js';
import { needing } from '../support/programs.js';
import { postgresDatabase, postgresServer, queryPostgres } from '../storage/support.js';

const SECOND = 1_000;

/** The tests wait for most of their time, so they run side by side. What they start, they stop by their own context. */
type WhenFinished = TestContext['onTestFinished'];

/** Where Debian's package `faketime` puts its library; `null` if it is not installed. */
const faketime =
  ['x86_64', 'aarch64']
    .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
    .find(existsSync) ?? null;

/** The environment of a process whose clock is wrong. What it measures durations with is not touched. */
function withClock(settings: Readonly<Record<string, string>>): Record<string, string> {
  return {
    LD_PRELOAD: faketime ?? '',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
    ...settings,
  };
}

/** Waits until something holds, looking every 50 ms. @throws if it does not within `withinMs` */
async function eventually(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(50);
  }
}

/** Everything that the API says about a destination, with all dates that it has. */
const EVERYTHING = `{
  segment(customerId: "acme", destinationId: "1", segmentId: "1001") {
    name asOf stale history(first: 50) { nodes { at name } }
  }
  customers(first: 10) { nodes { destinations {
    destinationId
    sync { status lastSuccessAt lastAttemptAt lastError { at code } }
    changes(since: "2000-01-01T00:00:00Z", first: 100, order: OLDEST_FIRST) { nodes { at } }
  } } }
}`;

/** All dates in an answer, in milliseconds since the epoch. */
function datesIn(answer: unknown): number[] {
  const texts = JSON.stringify(answer).match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [];
  return texts.map((text) => Date.parse(text));
}

async function databaseTime(url: string): Promise<number> {
  const [row] = await queryPostgres<{ now: string }>(
    url,
    'select ceil(extract(epoch from clock_timestamp()) * 1000)::text as now',
  );
  return Number(row?.now);
}

async function startSimulator(
  whenFinished: WhenFinished,
  destinations: number,
  options: Omit<SimulatorOptions, 'customers'> = {},
): Promise<{ simulator: AudienceManagerSimulator; configText: (more: FurtherConfig) => string }> {
  const customers = [
    passwordCustomer(
      'acme',
      ...Array.from({ length: destinations }, (_, index) => destination(index + 1, 5)),
    ),
  ];
  const simulator = await AudienceManagerSimulator.start({ ...options, customers });
  whenFinished(() => simulator.stop());
  return { simulator, configText: (more) => configTextFor(simulator, customers, undefined, more) };
}

async function temporaryFolder(whenFinished: WhenFinished): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create();
  whenFinished(() => folder[Symbol.asyncDispose]());
  return folder;
}

function serve(
  whenFinished: WhenFinished,
  file: string,
  clock: Readonly<Record<string, string>>,
): RunningCommand {
  const process = new RunningCommand(['serve', '--config', file], withClock(clock));
  whenFinished(() => process[Symbol.asyncDispose]());
  return process;
}

const POSTGRES = postgresServer === null ? null : 'postgres';

describe.skipIf(faketime === null || POSTGRES === null)(
  needing('three gateways whose clocks are ten minutes apart', { faketime, PostgreSQL: POSTGRES }),
  { concurrent: true },
  () => {
    /** Starts them on one database: one whose clock is right, one that is ahead and one that is behind. */
    async function startThree(whenFinished: WhenFinished, destinations: number, more: FurtherConfig) {
      const { config } = await postgresDatabase(whenFinished);
      const url = config.engine === 'postgres' ? config.url : '';
      const { simulator, configText } = await startSimulator(whenFinished, destinations);
      const folder = await temporaryFolder(whenFinished);
      const file = await folder.write('gateway.yaml', configText({ storage: { postgres: url }, ...more }));
      const processes = ['+0', '+10m', '-10m'].map((offset) =>
        serve(whenFinished, file, { FAKETIME: offset }),
      );
      const urls = await Promise.all(processes.map((process) => process.url()));
      return { url, simulator, processes, urls };
    }

    it(
      'read each destination once per interval, and tell of nothing in the future',
      { timeout: 180_000 },
      async ({ onTestFinished }) => {
        const interval = 3 * SECOND;
        const rounds = 4;
        const destinations = 3;
        const { url, simulator, urls } = await startThree(onTestFinished, destinations, {
          freshness: { refreshEvery: `${interval}ms`, ttl: '1h' },
          limits: { requestsPerMinute: 0 },
        });
        const startedAt = await databaseTime(url);
        const listingsOf = (id: number): number => simulator.listings({ destinationId: String(id) });
        const ids = Array.from({ length: destinations }, (_, index) => index + 1);
        let asked = 0;
        await eventually('each destination was read several times', 120 * SECOND, async () => {
          for (const gateway of urls) {
            const key = 'customerId: "acme", destinationId: "1", segmentId: "1002", idType: MAPPING_ID';
            const name = `By hand ${asked++}`;
            const change = await postQuery(
              gateway,
              `mutation { setSegment(key: { ${key} }, name: "${name}") { name asOf } }`,
            );
            expect(change.errors).toBeUndefined();
            const answer = await postQuery(gateway, EVERYTHING);
            expect(answer.errors).toBeUndefined();
            const now = await databaseTime(url);
            for (const date of [...datesIn(change), ...datesIn(answer)].filter((each) => each > now)) {
              expect.unreachable(`${gateway} says ${date - now} ms in the future: ${JSON.stringify(answer)}`);
            }
            expect(Math.min(...datesIn(answer))).toBeGreaterThan(startedAt - 30 * SECOND);
          }
          return ids.every((id) => listingsOf(id) > rounds);
        });
        expect(asked).toBeGreaterThan(10);
        for (const id of ids) {
          const starts = simulator.calls
            .filter((call) => call.endpoint === 'mappings' && call.destinationId === String(id))
            .map(({ at }) => at);
          const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? at));
          // The next one is due after 80 to 100 % of the interval. The first one is made for whoever asks.
          expect(Math.min(...gaps.slice(1))).toBeGreaterThan(0.7 * interval);
        }
      },
    );

    it(
      'take over from one that is killed within the time of its lease',
      { timeout: 120_000 },
      async ({ onTestFinished }) => {
        const { url, simulator, processes, urls } = await startThree(onTestFinished, 2, {
          freshness: { refreshEvery: '0', coldTimeout: '60s' },
          limits: { requestTimeout: '60s' },
          audienceManager: { requestTimeout: '60s' },
        });
        const ask = (gateway: string, id: number): Promise<unknown> =>
          postQuery(
            gateway,
            `{ segment(customerId: "acme", destinationId: "${id}", segmentId: "1001") { name } }`,
          ).catch(() => 'lost');
        // The clock of the second is ahead, so its lease would last for minutes; that of the third is behind.
        const [heir = ''] = urls;
        const takeOver = async (id: number, dead: number): Promise<void> => {
          const gate = hold(simulator, { destinationId: id });
          const lost = ask(urls[dead] ?? '', id);
          await gate.arrival;
          const waiting = ask(heir, id);
          // A lease is renewed while its holder lives, so that nobody else reads.
          const leaseEnd = async (): Promise<number> => {
            const sql = 'select until from lease where destination_id = $1';
            const [lease] = await queryPostgres<{ until: string }>(url, sql, [String(id)]);
            return Number(lease?.until);
          };
          const before = await leaseEnd();
          await eventually('the lease is renewed', 20 * SECOND, async () => (await leaseEnd()) > before);
          expect(simulator.listings({ destinationId: String(id) })).toBe(1);
          const taken = simulator.nextCall({ endpoint: 'mappings', destinationId: String(id) });
          const killedAt = performance.now();
          processes[dead]?.kill('SIGKILL');
          await taken;
          // The margin is for polling, and for a machine that is busy.
          expect(performance.now() - killedAt).toBeLessThan(15 * SECOND + 5 * SECOND);
          gate.open();
          expect(await lost).toBe('lost');
          expect(await waiting).toEqual({ data: { segment: { name: 'Segment 1' } } });
          expect(simulator.listings({ destinationId: String(id) })).toBe(2);
        };
        // The clock of the second is ahead, so its lease would last for minutes; that of the third is behind.
        await Promise.all([takeOver(1, 1), takeOver(2, 2)]);
      },
    );

    it(
      'say in the log and in a metric how far the clock is off',
      { timeout: 60_000 },
      async ({ onTestFinished }) => {
        const { processes, urls } = await startThree(onTestFinished, 1, { freshness: { refreshEvery: '0' } });
        const expected = [0, -600, 600];
        for (const [index, process] of processes.entries()) {
          const offset = expected[index] ?? 0;
          const metrics = await (await fetch((urls[index] ?? '').replace('/graphql', '/metrics'))).text();
          const value = Number(/^aam_gateway_clock_offset_seconds (\S+)$/m.exec(metrics)?.[1]);
          expect(Math.abs(value - offset)).toBeLessThan(5);
          const warnings = process.stdout.split('\n').filter((line) => line.includes('"offsetSeconds"'));
          expect(warnings).toHaveLength(offset === 0 ? 0 : 1);
        }
      },
    );
  },
);

describe.skipIf(faketime === null)(
  needing('a gateway on SQLite whose clock is set', { faketime }),
  { concurrent: true },
  () => {
    it(
      'goes on reading, with no age below zero, tokens in time and no change lost',
      { timeout: 180_000 },
      async ({ onTestFailed, onTestFinished }) => {
        const interval = 2 * SECOND;
        const { simulator, configText } = await startSimulator(onTestFinished, 2, {
          tokenLifetimeSeconds: 5,
        });
        const folder = await temporaryFolder(onTestFinished);
        const timeFile = await folder.write('time', '+0\n');
        const file = await folder.write(
          'gateway.yaml',
          configText({
            storage: { sqlite: folder.pathOf('gateway.db') },
            freshness: { refreshEvery: `${interval}ms`, ttl: '10s' },
            limits: { requestsPerMinute: 3_000 },
          }),
        );
        const served = serve(onTestFinished, file, { FAKETIME_TIMESTAMP_FILE: timeFile });
        const gateway = await served.url();
        onTestFailed(() => void process.stdout.write(served.stdout.slice(-5_000)));

        /** Sets the clock of the gateway. The file is replaced, so that it is never read in the middle of a change. */
        const setClock = async (offset: string): Promise<void> => {
          await writeFile(`${timeFile}.new`, `${offset}\n`);
          await rename(`${timeFile}.new`, timeFile);
        };
        let cursor: string | null = null;
        const seen: (string | null)[] = [];
        const poll = async (): Promise<void> => {
          const after = cursor === null ? '' : `, after: "${cursor}"`;
          const answer = await postQuery<{
            destination: {
              changes: { nodes: { name: string | null }[]; pageInfo: { endCursor: string | null } };
            };
          }>(
            gateway,
            `{ destination(customerId: "acme", destinationId: "1") {
          changes(since: "2000-01-01T00:00:00Z", order: OLDEST_FIRST, first: 100${after}) {
            nodes { name } pageInfo { endCursor }
          }
        } }`,
          );
          expect(answer.errors).toBeUndefined();
          const page = answer.data?.destination.changes;
          seen.push(...(page?.nodes.map(({ name }) => name) ?? []));
          cursor = page?.pageInfo.endCursor ?? cursor;
        };
        const agesNow = async (): Promise<number[]> => {
          const metrics = await (await fetch(gateway.replace('/graphql', '/metrics'))).text();
          const values = metrics.matchAll(/^aam_gateway_snapshot_age_seconds\{[^}]*\} (\S+)$/gm);
          return [...values].map((match) => Number(match[1]));
        };
        const stateNow = async (): Promise<{ status: string; lastSuccessAt: string }[]> => {
          const answer = await postQuery<{
            customers: { nodes: { destinations: { sync: { status: string; lastSuccessAt: string } }[] }[] };
          }>(gateway, '{ customers(first: 1) { nodes { destinations { sync { status lastSuccessAt } } } } }');
          expect(answer.errors).toBeUndefined();
          return (
            answer.data?.customers.nodes.flatMap((each) => each.destinations.map(({ sync }) => sync)) ?? []
          );
        };

        await eventually(
          'both destinations are read',
          30 * SECOND,
          async () => (await agesNow()).length === 2,
        );
        const hour = 3_600 * SECOND;
        const steps = [
          ['+0', 0],
          ['-3600', -hour],
          ['+3600', hour],
          ['-86400', -24 * hour],
          ['+0', 0],
        ] as const;
        for (const [step, [offset, offsetMs]] of steps.entries()) {
          const first = simulator.destination('acme', 1).mappings[0];
          if (first !== undefined) first.name = `Step ${step}`;
          await setClock(offset);
          const tokens = simulator.count({ endpoint: 'token' });
          const before = [1, 2].map((id) => simulator.listings({ destinationId: String(id) }));
          await eventually(
            `both are read three times more with the clock at ${offset}`,
            60 * SECOND,
            async () => {
              await poll();
              const ages = await agesNow();
              expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
              return [1, 2].every(
                (id, index) => simulator.listings({ destinationId: String(id) }) >= (before[index] ?? 0) + 3,
              );
            },
          );
          // By then everything is by the clock as it is.
          expect(Math.max(...(await agesNow()))).toBeLessThan(10);
          for (const { status, lastSuccessAt } of await stateNow()) {
            expect(status).toBe('FRESH');
            expect(Math.abs(Date.parse(lastSuccessAt) - Date.now() - offsetMs)).toBeLessThan(10 * SECOND);
          }
          // Three listings take 3 s or longer, a token is used for 4 s.
          expect(simulator.count({ endpoint: 'token' }) - tokens).toBeLessThan(6);
        }
        await eventually('the last change is seen', 20 * SECOND, async () => {
          await poll();
          return seen.includes(`Step ${steps.length - 1}`);
        });
        expect(seen.filter((name) => name?.startsWith('Step '))).toEqual(
          steps.map((_, step) => `Step ${step}`),
        );
        expect(simulator.count({ endpoint: 'token' })).toBeGreaterThan(steps.length - 2);
        // No call was made with a token that had expired.
        expect(simulator.count({ status: 401 })).toBe(0);
      },
    );
  },
);
