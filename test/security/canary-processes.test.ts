import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../support/certificates.js';
import { https } from '../support/https.js';
import { ConnectProxy } from '../support/proxy.js';
import { postgresDatabase, postgresServer, queryPostgres } from '../storage/support.js';
import { GuardedPlace, filesIn, type ProcessFault } from './guarded-place.js';

const NAME = JSON.stringify({
  query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { name } }',
});
const REFRESH = JSON.stringify({
  query: 'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
});

/** IDs of the processes that a process has started; works on Linux only. */
async function childrenOf(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')),
  );
  return lists.flatMap((list) => list.split(' ')).filter((child) => child.trim() !== '');
}

// Each case runs up to four processes one after another; two cases at once keep two processors busy.
describe('no secret comes out of the program', { concurrent: true, timeout: 60_000 }, () => {
  it('when it serves, is reconfigured, is refused, and is stopped during a request', async () => {
    await using place = await GuardedPlace.create();
    const { access, folder, simulator } = place;
    const gateway = place.start(['serve', '--log-level', 'trace']);
    const url = await gateway.url();
    const key = { 'x-api-key': access.key };
    expect(await place.send(url, key, NAME)).toContain('Segment 1');
    for (const each of access.credentials) {
      await place.send(url, { authorization: `Bearer ${each}` }, NAME);
      await place.send(new URL('/metrics', url).href, { 'x-api-key': each });
    }
    if (process.platform === 'linux') expect(await childrenOf(gateway.pid)).toEqual([]);

    const config = await readFile(`${folder.path}/gateway.yaml`, 'utf8');
    await folder.write('gateway.yaml', config.replace('${file:globex-secret}', '${file:no-such-file}'));
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration refused/);
    const password = place.canaries.awkward('another password');
    await folder.write('acme-password', password);
    await folder.write('gateway.yaml', config.replace('${env:ACME_PASSWORD}', '${file:acme-password}'));
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    await place.send(url, key, REFRESH);
    await gateway.prints(/credentials were rejected/);
    simulator.setPassword('acme', password);
    simulator.revokeTokens();

    simulator.fault({ customer: 'globex', action: { kind: 'hang' } });
    const arrived = simulator.nextCall({ customer: 'globex' });
    const other = REFRESH.replace('acme', 'globex').replace('314', '566');
    const cutOff = place.send(url, key, other).catch(() => 'cut off');
    await arrived;
    gateway.kill('SIGTERM');
    await gateway.prints(/gateway is stopping/);
    gateway.kill('SIGTERM');
    expect((await gateway.exit).code).toBe(1);
    expect(await cutOff).toBe('cut off');
    expect(await place.escaped()).toEqual([]);
  });

  it.each<[string, ProcessFault]>([
    ['an uncaught exception', 'exception'],
    ['an unhandled rejection', 'rejection'],
    ['an unhandled rejection with a string', 'oddity'],
  ])('when %s ends the process, which is logged', async (_, fault) => {
    await using place = await GuardedPlace.create();
    const reports = `--report-uncaught-exception --report-on-fatalerror --report-directory=${place.folder.path}`;
    const gateway = place.start(['serve'], await place.faulty(fault, reports));
    const url = await gateway.url();
    await place.send(url, { 'x-api-key': place.access.key }, NAME);
    await place.faulty(fault);
    gateway.kill('SIGUSR2');
    expect(await gateway.exit).toEqual({ code: 1, signal: null });
    expect(gateway.stdout).toMatch(/"level":"fatal".*"stack":/);
    expect(gateway.stderr).toContain('[redacted]');
    expect(await place.escaped()).toEqual([]);
  });

  it.each([
    ['a table', []],
    ['JSON', ['--json']],
  ])('when check finds accounts that work and that fail, printed as %s', async (_, args) => {
    await using place = await GuardedPlace.create();
    expect((await place.run(['check', ...args])).code).toBe(0);
    place.simulator.setPassword('acme', 'another');
    const action = { kind: 'status', status: 500, body: place.canaries.all.join(' ') } as const;
    place.simulator.fault({ customer: 'globex', action });
    const { code, output } = await place.run(['check', ...args]);
    expect(code).toBe(1);
    expect(output).toContain('AAM_AUTH_FAILED');
    expect(output).toContain('AAM_UNAVAILABLE');
    expect(await place.escaped()).toEqual([]);
  });

  it('when import and export succeed and fail', async () => {
    await using place = await GuardedPlace.create();
    const to = ['--customer', 'acme', '--destination', '314'];
    await place.folder.write('names.csv', 'id,name\n1001,One\n,Two\n');
    expect((await place.run(['import', 'names.csv', ...to])).code).toBe(1);
    expect((await place.run(['import', 'names.csv', ...to, '--skip-bad'])).code).toBe(0);
    place.simulator.fault({
      endpoint: 'token',
      action: { kind: 'status', status: 500, body: place.canaries.all.join(' ') },
    });
    expect((await place.run(['export', '--customer', 'globex', '--destination', '566'])).code).toBe(1);
    const { output } = await place.run(['export', '--customer', 'acme']);
    expect(output).toContain('One');
    expect(await place.escaped()).toEqual([]);
  });

  it.each([
    [['frobnicate']],
    [['serve', '--bogus']],
    [['check', 'more']],
    [['export', '--customer', 'nobody']],
    [['check', '--config', 'no-such-file']],
    [['key', '--name', 'somebody', '--permissions', 'everything']],
  ])('when the command line is wrong: %j', async (args) => {
    await using place = await GuardedPlace.create();
    expect((await place.run(args)).code).not.toBe(0);
    expect(await place.escaped()).toEqual([]);
  });

  it.each<[string[], ProcessFault]>([
    [['check'], 'stopwatch'],
    [['check', '--json'], 'stopwatch'],
    [['serve'], 'clock'],
    [['import', 'names.csv', '--customer', 'acme', '--destination', '314'], 'clock'],
    [['export', '--customer', 'acme'], 'clock'],
  ])('when an unforeseen error ends %j (%s)', async (args, fault) => {
    await using place = await GuardedPlace.create();
    await place.folder.write('names.csv', 'id,name\n1001,One\n');
    const { code, output } = await place.run(args, await place.faulty(fault));
    expect(code).toBe(1);
    expect(output).toContain('[redacted]');
    expect(await place.escaped()).toEqual([]);
  });

  it.skipIf(postgresServer === null)(
    'when the connection to PostgreSQL is lost or refused',
    async ({ onTestFinished }) => {
      const { config } = await postgresDatabase(onTestFinished);
      const url = new URL(config.engine === 'postgres' ? config.url : '');
      await using place = await GuardedPlace.create({ storage: { postgres: '${env:DATABASE}' } });
      url.password = encodeURIComponent(place.canaries.awkward("the database's password"));
      const gateway = place.start(['serve', '--log-level', 'trace'], { DATABASE: url.href });
      const name = url.pathname.slice(1);
      await place.send(await gateway.url(), { 'x-api-key': place.access.key }, NAME);
      await queryPostgres(postgresServer ?? '', `alter database ${name} allow_connections false`);
      await queryPostgres(
        postgresServer ?? '',
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      );
      await gateway.prints(/lost the connection for PostgreSQL notifications/);
      await place.send(await gateway.url(), { 'x-api-key': place.access.key }, REFRESH);
      gateway.kill('SIGTERM');
      expect((await gateway.exit).code).toBe(0);
      expect((await place.run(['serve'], { DATABASE: url.href })).code).toBe(1);
      url.port = '1';
      const { code, output } = await place.run(['serve'], { DATABASE: url.href });
      expect(code).toBe(1);
      expect(output).toContain('ECONNREFUSED');
      expect(await place.escaped()).toEqual([]);
    },
  );

  it('when it serves HTTPS, with a matching and a wrong private key', async () => {
    await using place = await GuardedPlace.create({ listen: { tls: { cert: 'own.crt', key: 'own.key' } } });
    const authority = await createAuthority();
    const [own, other] = [await issue(authority), await issue(authority)];
    for (const [index, { key }] of [own, other].entries()) {
      place.canaries.add(`the key ${index}`, key);
      for (const line of key.split('\n').slice(1, -2)) place.canaries.add(`a line of the key ${index}`, line);
    }
    await place.folder.write('own.crt', own.cert);
    await place.folder.write('own.key', other.key);
    expect((await place.run(['serve'])).output).toMatch(/listen\.tls\.key.*does not belong/);
    await place.folder.write('own.key', own.key);
    const gateway = place.start(['serve', '--log-level', 'trace'], await place.faulty('exception'));
    const url = await gateway.url();
    expect((await https(url, { ca: authority.cert, body: NAME })).status).toBe(401);
    await expect(https(url, { body: NAME })).rejects.toThrow();
    await expect(place.send(url.replace('https:', 'http:'), {}, NAME)).rejects.toThrow();
    await place.folder.write('own.key', other.key);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration refused/);
    await place.folder.write('own.crt', other.cert);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    await place.faulty('exception', '', [own.key, other.key]);
    gateway.kill('SIGUSR2');
    expect((await gateway.exit).code).toBe(1);
    expect(await place.escaped()).toEqual([]);
  });

  it('when it calls through a proxy that accepts it, rejects it, or does not run', async () => {
    await using place = await GuardedPlace.create({ outbound: { proxy: '${env:PROXY}' } });
    // Loopback addresses are called without a proxy.
    const config = await readFile(`${place.folder.path}/gateway.yaml`, 'utf8');
    await place.folder.write('gateway.yaml', config.replaceAll('//127.0.0.1:', '//aam.example.test:'));
    const password = place.canaries.awkward("the proxy's password");
    place.canaries.add("the proxy's user with its password", `gateway:${password}`);
    const proxy = await ConnectProxy.start({ credentials: { username: 'gateway', password } });
    const check = (url: string): ReturnType<GuardedPlace['run']> =>
      place.run(['check', '--json'], { PROXY: url });
    const [accepted, rejected, malformed] = await Promise.all([
      check(proxy.url),
      check(proxy.url.replace('gateway:', 'somebody:')),
      check(`${proxy.url}/path`),
    ]);
    expect(accepted.code).toBe(0);
    expect(proxy.authorizations).toContain(`Basic ${Buffer.from(`gateway:${password}`).toString('base64')}`);
    expect(rejected.output).toContain('outbound.proxy');
    expect(malformed.output).toContain('outbound.proxy');
    await proxy[Symbol.asyncDispose]();
    expect((await check(proxy.url)).code).toBe(1);
    expect(await place.escaped()).toEqual([]);
  });

  it('into the thread of SQLite, whose environment is empty', async () => {
    await using place = await GuardedPlace.create();
    const gateway = place.start(['serve'], await place.faulty('threads'));
    const [, environment] = await gateway.prints(/THREAD (.*)/);
    expect(environment).toBe('{}');
    await gateway.url();
  });
});

describe('a key', { concurrent: true, timeout: 60_000 }, () => {
  it('is printed once, by the command that creates it, and never by the gateway that accepts it', async () => {
    await using place = await GuardedPlace.create();
    const { code, output } = await place.run(['key', '--name', 'somebody']);
    expect(code).toBe(0);
    const [key = '', ...others] = output.match(/agk_[\w-]+/g) ?? [];
    expect(others).toEqual([]);
    const [entry = ''] = /sha256: \w+/.exec(output) ?? [];
    const config = await readFile(`${place.folder.path}/gateway.yaml`, 'utf8');
    await place.folder.write('gateway.yaml', config.replace(/sha256: \w+/, entry));
    const gateway = place.start(['serve', '--log-level', 'trace']);
    expect(await place.send(await gateway.url(), { 'x-api-key': key }, NAME)).toContain('Segment 1');
    gateway.kill('SIGTERM');
    await gateway.exit;
    expect(`${gateway.stdout}${gateway.stderr}`).not.toContain(key);
    expect(JSON.stringify(await filesIn(place.folder.path))).not.toContain(key);
  });
});
