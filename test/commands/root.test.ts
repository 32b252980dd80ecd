import { existsSync } from 'node:fs';
import { lchown, lstat, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFileServed } from '../../src/storage/index.js';
import type { TemporaryFolder } from '../support/command.js';
import { TO_900, commandFolder, type CommandFolder } from './support.js';

/** A user without a name. */
const OTHER = 54_321;

const DATABASE = 'data/gateway.db';

/** A folder with a database and a backup of it, all of root. */
async function ofRoot(): Promise<CommandFolder> {
  const place = await commandFolder(
    'listen: { port: 0 }\ncustomers: [{ id: initech, destinations: [{ id: 900, segmentIdType: SID }] }]\n',
  );
  await place.folder.write('names.csv', 'sid,name\n1,One\n');
  expect(await place.run('import', 'names.csv', ...TO_900)).toMatchObject({ code: 0 });
  expect(await place.run('backup', 'copy.db')).toMatchObject({ code: 0 });
  return place;
}

/** What is in a folder, with owner, mode and time of the last change. */
async function listing(folder: TemporaryFolder): Promise<unknown> {
  const names = (await readdir(folder.path, { recursive: true })).sort();
  return await Promise.all(
    names.map(async (name) => {
      const { uid, mode, mtimeMs, size } = await lstat(join(folder.path, name));
      return { name, uid, mode, size, mtimeMs };
    }),
  );
}

/** Every kind of command that opens the database. */
const COMMANDS: readonly (readonly string[])[] = [
  ['serve'],
  ['serve', '--workers', '2'],
  ['migrate'],
  ['import', 'names.csv', ...TO_900],
  ['export', ...TO_900],
  ['leftovers'],
  ['backup', 'another.db'],
  ['restore', 'copy.db'],
];

describe.skipIf(process.geteuid?.() !== 0)('root (skipped for other users)', () => {
  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'opens and changes no database of another user: %s',
    async (_, command) => {
      await using place = await ofRoot();
      const { folder } = place;
      await lchown(folder.pathOf(DATABASE), OTHER, OTHER);
      // What another user could make root write to.
      await symlink(folder.pathOf('names.csv'), folder.pathOf(`${DATABASE}-serve`));
      await symlink(folder.pathOf('names.csv'), folder.pathOf(`${DATABASE}-wal`));
      const before = await listing(folder);
      const { code, stderr } = await place.run(...command);
      expect(stderr).toContain(`gateway.db belongs to user ${OTHER}, so it is not safe for root to use it`);
      expect(stderr).toContain(`setpriv --reuid=${OTHER} --regid=${OTHER} --clear-groups aam-gateway …`);
      expect(code).toBe(1);
      expect(await listing(folder)).toEqual(before);
    },
  );

  it('creates none in a folder of another user, or below', async () => {
    await using place = await ofRoot();
    const { folder } = place;
    await rm(folder.pathOf(DATABASE));
    await lchown(folder.pathOf('data'), OTHER, OTHER);
    const before = await listing(folder);
    for (const command of COMMANDS) {
      expect(await place.run(...command)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/data, the folder for the database, belongs to user 54321/),
      });
    }
    expect(await listing(folder)).toEqual(before);
    await folder.write(
      'deep.yaml',
      'storage: { sqlite: data/deep/gateway.db }\ncustomers: [{ id: initech }]\n',
    );
    expect(await place.run('migrate', '--config', 'deep.yaml')).toMatchObject({ code: 1 });
    expect(existsSync(folder.pathOf('data/deep'))).toBe(false);
  });

  it('follows no link of another user, and none to a file of another user', async () => {
    await using place = await ofRoot();
    const { folder } = place;
    await rename(folder.pathOf(DATABASE), folder.pathOf('elsewhere.db'));
    await symlink(folder.pathOf('elsewhere.db'), folder.pathOf(DATABASE));
    expect(await place.run('migrate')).toMatchObject({ code: 0 });
    await lchown(folder.pathOf(DATABASE), OTHER, OTHER);
    expect(await place.run('migrate')).toMatchObject({ code: 1 });
    await lchown(folder.pathOf(DATABASE), 0, 0);
    await lchown(folder.pathOf('elsewhere.db'), OTHER, OTHER);
    expect(await place.run('migrate')).toMatchObject({ code: 1 });
  });

  it('is told the name of the user, if it has one', async () => {
    await using place = await ofRoot();
    // Every Linux has it.
    await lchown(place.folder.pathOf(DATABASE), 1, 1);
    expect((await place.run('migrate')).stderr).toMatch(
      /gateway\.db belongs to user (\w+), .* Run the command as that user: runuser -u \1 -- aam-gateway …/,
    );
  });

  it('does not look into it to find out whether a gateway has it', async () => {
    await using place = await ofRoot();
    const database = place.folder.pathOf(DATABASE);
    await writeFile(`${database}-serve`, '');
    expect(await isFileServed(database)).toBe(false);
    await lchown(database, OTHER, OTHER);
    expect(await isFileServed(database)).toBeNull();
  });
});
