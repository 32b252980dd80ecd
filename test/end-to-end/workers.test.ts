import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ServeLock } from '../../src/storage/sqlite/serve-lock.js';
import { Load } from '../operations/load.js';
import { postgresDatabase, postgresServer } from '../storage/support.js';
import { RunningCommand } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import type { FurtherConfig } from '../support/gateway.js';
import { postQuery } from '../support/graphql-request.js';
import { eventually } from '../support/waiting.js';

const CUSTOMERS = [passwordCustomer('acme', destination(314, 3), destination(315, 3))];
const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const SET =
  'mutation ($name: String!) { setSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1001" }, name: $name) { label } }';

/** Enough connections that each of two workers gets some: they take turns. */
const CONNECTIONS = 6;

/** So long a gateway that stops still accepts requests: longer than the test stands still on a busy machine. */
const SHUTDOWN_DELAY = '10s';

/** A gateway with two workers. */
class Workers implements AsyncDisposable {
  readonly place: ConfiguredFolder;
  readonly command: RunningCommand;
  readonly url: string;

  private constructor(place: ConfiguredFolder, command: RunningCommand, url: string) {
    this.place = place;
    this.command = command;
    this.url = url;
  }

  static async start(config: FurtherConfig = {}): Promise<Workers> {
    const place = await ConfiguredFolder.create(CUSTOMERS, config);
    const command = place.serve('--workers', '2');
    const workers = new Workers(place, command, await command.url());
    await workers.logged('a worker answers requests', 2);
    return workers;
  }

  get lines(): readonly Record<string, unknown>[] {
    const text = this.command.stdout;
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The process of each worker that answers, as the log says. */
  ready(): Map<number, number> {
    const lines = this.command.stdout.matchAll(
      /"worker":(\d+),"pid":(\d+),"msg":"a worker answers requests"/g,
    );
    return new Map([...lines].map(([, worker, pid]) => [Number(worker), Number(pid)]));
  }

  /** How often the log has a message. */
  count(message: string): number {
    return this.command.stdout.split(`"msg":"${message}"`).length - 1;
  }

  /** Waits until the log has a message so often. */
  async logged(message: string, times: number): Promise<void> {
    await vi.waitFor(() => expect(this.count(message)).toBeGreaterThanOrEqual(times), 50_000);
  }

  /** The different answers of all workers. */
  async answers(query = NAME): Promise<unknown[]> {
    const all = await Promise.all(Array.from({ length: CONNECTIONS }, () => postQuery(this.url, query)));
    return [...new Map(all.map((answer) => [JSON.stringify(answer), answer])).values()];
  }

  /** Waits until all workers show a name. */
  async show(label: string): Promise<void> {
    await eventually(async () => JSON.stringify(await this.answers()) === JSON.stringify(named(label)));
  }

  /** Gives the segment a name. @returns how long it takes until all workers show it, in milliseconds */
  async timeToShow(label: string): Promise<number> {
    await postQuery(this.url, SET, { name: label });
    const setAt = performance.now();
    await this.show(label);
    return performance.now() - setAt;
  }

  async metric(series: string): Promise<number> {
    const text = await (await fetch(this.url.replace('/graphql', '/metrics'))).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length),
    );
  }

  /** Until it is stopped, or the test has ended. */
  load(): Load {
    const load = new Load(this.url, { query: NAME, headers: {}, perSecond: 200, expected: '"label":"' });
    onTestFinished(() => load.stop());
    return load;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
    await this.place[Symbol.asyncDispose]();
  }
}

function named(label: string): unknown[] {
  return [{ data: { segment: { label } } }];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // One that has ended stays in the list until its parent asks how, which not every first process of a container does.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

// They use one gateway, one after the other, and count the lines of its log. So none can be run once more.
describe('serve --workers on a SQLite file', { retry: 0 }, () => {
  let gateway: Workers;
  beforeAll(async () => {
    gateway = await Workers.start({ shutdown: { delay: SHUTDOWN_DELAY } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('answers at one address, reads each destination once, with one token, and says in the log who answers', async () => {
    const both =
      '{ segmentsByKey(keys: [{ destinationId: "314", segmentId: "1001" }, { destinationId: "315", segmentId: "1002" }]) { label } }';
    expect(await gateway.answers(both)).toEqual([
      { data: { segmentsByKey: [{ label: 'Segment 1' }, { label: 'Segment 2' }] } },
    ]);
    const { simulator } = gateway.place;
    const tokens = simulator.calls.filter(({ endpoint }) => endpoint === 'token');
    expect([simulator.listings(), tokens.length]).toEqual([2, 1]);
    await gateway.logged('request', CONNECTIONS);
    const by = gateway.lines.filter(({ msg }) => msg === 'request').map(({ worker }) => worker);
    expect(new Set(by)).toEqual(new Set([1, 2]));
  });

  it('shows what is set at one worker at all of them at once', async () => {
    const times: number[] = [];
    for (const name of ['One', 'Two', 'Three', 'Four']) times.push(await gateway.timeToShow(name));
    // If only the poll of the file showed names, once a second, each but the first would take a second. One of them has to be
    // quicker: the machine may be busy at the others.
    expect(Math.min(...times.slice(1))).toBeLessThan(500);
  });

  it('shows what a command imports beside it at all workers', async () => {
    const file = await gateway.place.folder.write('names.csv', 'mapping_id,name\n1001,Imported\n');
    const { code } = await gateway.place.run(['import', file, '--customer', 'acme', '--destination', '314']);
    expect(code).toBe(0);
    await gateway.show('Imported');
  });

  it('writes at all workers at the same time without a failure', async () => {
    const set = (name: string): Promise<unknown> => postQuery(gateway.url, SET, { name });
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => set(`At once ${index}`)));
    expect(results.filter((result) => (result as { errors?: unknown }).errors !== undefined)).toEqual([]);
    await eventually(async () => (await gateway.answers()).length === 1);
  });

  it('adds up what its workers count, and says of a destination what it is', async () => {
    const series = 'aam_gateway_graphql_requests_total{operation="(anonymous)",outcome="ok"}';
    const before = await gateway.metric(series);
    expect(before).toBeGreaterThan(0);
    await gateway.answers();
    expect(await gateway.metric(series)).toBe(before + CONNECTIONS);
    const of = '{customer="acme",destination="314"}';
    expect(await gateway.metric(`aam_gateway_snapshot_segments${of}`)).toBe(3);
    const statusOf = async (): Promise<number> =>
      (await fetch(gateway.url.replace('/graphql', '/readyz'))).status;
    const statuses = await Promise.all(Array.from({ length: CONNECTIONS }, statusOf));
    expect(new Set(statuses)).toEqual(new Set([200]));
    // One that is ready is enough for this.
    expect(await gateway.metric('aam_gateway_ready')).toBe(1);
  });

  it('replaces a worker that is killed, while the others answer', async () => {
    const series = 'aam_gateway_graphql_requests_total{operation="(anonymous)",outcome="ok"}';
    const before = await gateway.metric(series);
    const load = gateway.load();
    await expect.poll(() => load.sent).toBeGreaterThan(20);
    const killed = gateway.ready().get(2) ?? 0;
    const { underWay } = load;
    process.kill(killed, 'SIGKILL');
    await gateway.logged('a worker answers requests', 3);
    await load.stop();
    const failed = [...load.failures.values()].reduce((sum, count) => sum + count, 0);
    // Some of those that were under way, and what had been sent to the worker before its end was known.
    expect(failed).toBeLessThan(underWay + 50);
    expect([...load.failures.keys()].filter((what) => !/socket hang up|ECONNRESET/.test(what))).toEqual([]);
    expect(await gateway.metric(series)).toBeGreaterThanOrEqual(before);
    expect(gateway.command.stdout).toMatch(
      /"signal":"SIGKILL".*a worker has ended unexpectedly and is replaced/,
    );
  });

  it('replaces all workers on SIGUSR2 without one failed request', async () => {
    const before = gateway.ready();
    const load = gateway.load();
    await expect.poll(() => load.sent).toBeGreaterThan(20);
    gateway.command.kill('SIGUSR2');
    await gateway.logged('the workers have been replaced', 1);
    await load.stop();
    expect([...load.failures]).toEqual([]);
    const after = gateway.ready();
    for (const worker of [1, 2]) expect(after.get(worker)).not.toBe(before.get(worker));
    expect(gateway.count('a worker has ended unexpectedly and is replaced')).toBe(1);
  });

  it('reloads its configuration in all workers, or in none', async () => {
    const CUSTOMER = '{ customers { nodes { id name } } }';
    const renamed = [{ data: { customers: { nodes: [{ id: 'acme', name: 'Renamed' }] } } }];
    await gateway.place.configure({ shutdown: { delay: SHUTDOWN_DELAY } }, [{ id: 'acme', name: 'Renamed' }]);
    gateway.command.kill('SIGHUP');
    await gateway.logged('configuration reloaded', 2);
    expect(await gateway.answers(CUSTOMER)).toEqual(renamed);
    await gateway.place.folder.write('gateway.yaml', 'customers: [{ id: "" }]\n');
    gateway.command.kill('SIGHUP');
    await gateway.logged('configuration refused; the previous one stays in effect', 1);
    expect(await gateway.answers(CUSTOMER)).toEqual(renamed);
    // One that joins later starts with what is in force.
    process.kill(gateway.ready().get(1) ?? 0, 'SIGKILL');
    await gateway.logged('a worker answers requests', 6);
    expect(await gateway.answers(CUSTOMER)).toEqual(renamed);
    expect(await gateway.metric('aam_gateway_config_reloads_total{outcome="applied"}')).toBe(1);
  });

  it('completes what is under way on SIGTERM, and ends with code 0 and a whole log', async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const { simulator } = gateway.place;
    simulator.fault({ endpoint: 'mappings', action: { kind: 'hold', until } });
    const arrived = simulator.nextCall({ endpoint: 'mappings' });
    const answer = postQuery(
      gateway.url,
      'mutation { refreshDestination(customerId: "acme", destinationId: "315") { destinationId } }',
    );
    await arrived;
    const load = gateway.load();
    await expect.poll(() => load.sent).toBeGreaterThan(20);
    gateway.command.kill('SIGTERM');
    await gateway.logged('gateway is stopping', 4);
    const { sent } = load;
    await expect.poll(() => load.sent).toBeGreaterThan(sent + 20);
    await load.stop();
    expect([...load.failures]).toEqual([]);
    release();
    expect(await answer).toEqual({ data: { refreshDestination: { destinationId: '315' } } });
    expect(await gateway.command.exit).toEqual({ code: 0, signal: null });
    expect(gateway.command.stderr).toBe('');
    // `lines` parses each of them.
    expect(gateway.lines.length).toBeGreaterThan(100);
    expect(gateway.count('gateway has stopped')).toBe(6 - 2);
  });
});

it.skipIf(postgresServer === null)('workers on PostgreSQL show what one of them sets at once', async () => {
  const { config } = await postgresDatabase();
  await using gateway = await Workers.start({
    storage: { postgres: config.engine === 'postgres' ? config.url : '' },
  });
  expect(await gateway.answers()).toEqual(named('Segment 1'));
  const times: number[] = [];
  for (const name of ['One', 'Two', 'Three']) times.push(await gateway.timeToShow(name));
  // If only the poll of the database showed names, every ten seconds, each but the first would take as long.
  expect(Math.min(...times.slice(1))).toBeLessThan(5_000);
  gateway.command.kill('SIGINT');
  expect(await gateway.command.exit).toEqual({ code: 0, signal: null });
});

it('workers count the requests of a caller together, and end when the primary is killed', async () => {
  const key = 'key-of-a-test-0123456789abcdef-0123456789';
  const sha256 = createHash('sha256').update(key).digest('hex');
  await using gateway = await Workers.start({
    access: { apiKeys: [{ name: 'reader', sha256, customers: 'all', permissions: ['read'] }] },
    limits: { requestsPerMinute: 640 },
  });
  const statuses = new Map<number, number>();
  const send = async (): Promise<void> => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, connection: 'close' },
      body: JSON.stringify({ query: NAME }),
    });
    await response.arrayBuffer();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  };
  const startedAt = performance.now();
  // Fast enough: what is allowed grows by ten a second.
  while (!statuses.has(429)) await Promise.all(Array.from({ length: 10 }, send));
  const allowed = 640 + ((performance.now() - startedAt) * 640) / 60_000;
  expect([...statuses.keys()].sort((a, b) => a - b)).toEqual([200, 429]);
  expect(statuses.get(200)).toBeLessThanOrEqual(allowed);
  expect(statuses.get(200)).toBeGreaterThanOrEqual(640 * 0.95);

  const pids = [...gateway.ready().values()];
  expect(pids.map(isAlive)).toEqual([true, true]);
  gateway.command.kill('SIGKILL');
  await expect.poll(() => pids.some(isAlive)).toBe(false);
});

describe('serve --workers that cannot start', () => {
  it('says once that the port is in use, as one process does, and ends with code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await using place = await ConfiguredFolder.create(CUSTOMERS, { listen: { port } });
    const [alone, several] = [await place.run(['serve']), await place.run(['serve', '--workers', '2'])];
    other.close();
    expect(several.stderr).toBe(alone.stderr);
    expect(several.stderr).toContain(`Port ${port}`);
    expect(several.code).toBe(1);
  });

  it('refuses a configuration with mistakes, and a file that another gateway serves from', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS);
    await using running = place.serve('--workers', '2');
    await running.url();
    const second = await place.run(['serve', '--workers', '2']);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`is in use by another gateway (process ${running.pid} on `);
    await place.folder.write('gateway.yaml', 'customers: [{ id: "" }]\n');
    const third = await place.run(['serve', '--workers', '2']);
    expect(third).toMatchObject({ code: 1, stdout: '' });
    expect(third.stderr.match(/customers\[0\]\.id/g)).toHaveLength(1);
  });

  it('stops when it is told to while another process updates the tables of the file', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS);
    const file = place.folder.pathOf('waited-for.db');
    await place.configure({ storage: { sqlite: file } });
    const lock = await ServeLock.take(file, Date.now(), { updating: true });
    try {
      await using command = place.serve('--workers', '2');
      await command.prints(/waits for another process/);
      command.kill('SIGTERM');
      expect(await command.exit).toEqual({ code: 0, signal: null });
      expect(command.stdout).not.toContain('gateway is listening');
    } finally {
      lock.release();
    }
  });

  it('says that its first worker was killed', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    await using place = await ConfiguredFolder.create(CUSTOMERS, {
      storage: { postgres: `postgres://a@127.0.0.1:${port}/a` },
    });
    const connected = once(silent, 'connection');
    await using command = place.serve('--workers', '2');
    await connected;
    const { pid } = command;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    for (const child of children) process.kill(Number(child), 'SIGKILL');
    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stdout).toMatch(
      /"signal":"SIGKILL","msg":"the first worker was killed before it answered/,
    );
  });

  it('ends with code 1 when no worker answers any more and none can be started', async () => {
    await using place = await ConfiguredFolder.create(CUSTOMERS);
    const program = place.folder.pathOf('program');
    await cp('dist', join(program, 'dist'), { recursive: true });
    await cp('package.json', join(program, 'package.json'));
    await symlink(resolve('node_modules'), join(program, 'node_modules'));
    const args = ['serve', '--config', place.config, '--workers', '2'];
    await using command = new RunningCommand(args, {}, undefined, join(program, 'dist/main.js'));
    const answers = (): RegExpMatchArray[] => [
      ...command.stdout.matchAll(/"pid":(\d+),"msg":"a worker answers requests"/g),
    ];
    await vi.waitFor(() => expect(answers()).toHaveLength(2), 50_000);
    // As after an update without a restart.
    const other = { name: 'other', description: 'Another version.', version: '99.0.0', type: 'module' };
    await place.folder.write('program/package.json', JSON.stringify(other));
    for (const [, pid] of answers()) process.kill(Number(pid), 'SIGKILL');
    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stderr).toContain('The program is now version 99.0.0');
    expect(command.stderr).toContain('its workers could not be started 5 times in a row');
  });
});
