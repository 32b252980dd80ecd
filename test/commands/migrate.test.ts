import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningCommand } from '../support/command.js';
import { postgresDatabase, postgresServer, queryPostgres } from '../storage/support.js';
import { commandFolder, TO_900 } from './support.js';

it('brings a SQLite database up to date, and says what it did', async () => {
  await using place = await commandFolder();
  const first = await place.run('migrate');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /up to date now\. Applied: 0001_destinations_and_segments, .*0008_folded_letters\./,
  );
  expect(await place.run('migrate')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do'),
  });
  const database = new Database(place.folder.pathOf('data/gateway.db'));
  database.exec("insert into schema_version (name, timestamp) values ('9999_from_the_future', '')");
  database.close();
  expect(await place.run('migrate')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('was written by a newer version'),
  });
});

/** An empty database, with a role that owns its tables and one that may only use them. */
async function twoRoles(): Promise<{ owner: string; server: string }> {
  const { config } = await postgresDatabase();
  if (config.engine !== 'postgres') throw new Error('not a server');
  const admin = new URL(config.url);
  const suffix = Math.random().toString(36).slice(2);
  const [owner, server] = [`owner_${suffix}`, `server_${suffix}`];
  for (const role of [owner, server]) {
    await queryPostgres(config.url, `create role ${role} login password 'password of ${role}'`);
  }
  onTestFinished(async () => {
    for (const role of [owner, server]) {
      await queryPostgres(config.url, `drop owned by ${role} cascade`);
      await queryPostgres(config.url, `drop role ${role}`);
    }
  });
  const name = admin.pathname.slice(1);
  // The right that every role has on older servers.
  await queryPostgres(config.url, 'revoke create on schema public from public');
  await queryPostgres(config.url, `grant create, usage on schema public to ${owner}`);
  await queryPostgres(config.url, `grant create on database ${name} to ${owner}`);
  const urlOf = (role: string): string => {
    const url = new URL(config.url);
    [url.username, url.password] = [role, `password of ${role}`];
    return url.href;
  };
  const grants = [
    `grant usage on schema public to ${server}`,
    `alter default privileges in schema public grant select, insert, update, delete on tables to ${server}`,
  ];
  for (const grant of grants) await queryPostgres(urlOf(owner), grant).catch(() => undefined);
  await queryPostgres(config.url, grants[0] ?? '');
  return { owner: urlOf(owner), server: urlOf(server) };
}

describe.skipIf(postgresServer === null)('with PostgreSQL', () => {
  it('lets a role serve that may not change tables, and says what to do until they are up to date', async () => {
    const { owner, server } = await twoRoles();
    await using place = await commandFolder(
      'listen: { port: 0 }\nstorage: { postgres: "${env:DATABASE_URL}" }\n' +
        'customers: [{ id: initech, destinations: [{ id: 900, segmentIdType: SID }] }]\n',
    );
    const run = async (
      url: string,
      ...args: string[]
    ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
      await using command = new RunningCommand(args, { DATABASE_URL: url }, place.folder.path);
      const { code } = await command.exit;
      return { code, stdout: command.stdout, stderr: command.stderr };
    };
    for (const command of ['serve', 'migrate']) {
      const refused = await run(server, command);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /not up to date \(0001_.*may not change them: run "aam-gateway migrate"/,
      );
      expect(refused.stderr).not.toContain('password of');
    }
    expect(await run(owner, 'migrate')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Applied: 0001_destinations_and_segments'),
    });
    await using gateway = new RunningCommand(['serve'], { DATABASE_URL: server }, place.folder.path);
    await gateway.url();
    await place.folder.write('names.csv', 'sid,name\n1,One\n');
    expect(await run(server, 'import', 'names.csv', ...TO_900)).toMatchObject({ code: 0 });
    expect(await run(server, 'migrate')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    });
    await place.folder.write(
      'gateway.yaml',
      'storage: { postgres: "${env:DATABASE_URL}" }\ncustomers: [{ id: other }]\n',
    );
    const removed = await run(server, 'leftovers', '--remove', '--yes');
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Removed 1 destination.') });
    expect(await queryPostgres(owner, 'select * from segment')).toEqual([]);
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toMatchObject({ code: 0 });
  });
});
