import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TemporaryFolder } from '../support/command.js';

/** Long before the next build. */
const LONG_AGO = new Date(Date.UTC(2020, 0));

it('a build of the pages keeps the files of the build before, for pages that are open, and no older ones', async () => {
  await using folder = await projectOf();
  const assets = folder.pathOf('dist/web/assets');
  const build = async (text: string): Promise<string[]> => {
    await folder.write('src/web/main.js', `console.log(${JSON.stringify(text)});`);
    execFileSync(process.execPath, ['build.js'], { cwd: folder.path, stdio: 'pipe' });
    const names = await readdir(assets);
    for (const name of names) await utimes(join(assets, name), LONG_AGO, LONG_AGO);
    return names;
  };
  const first = await build('first');
  expect(first).toHaveLength(1);
  const both = await build('second');
  expect(both).toHaveLength(2);
  expect(both).toEqual(expect.arrayContaining(first));
  const last = await build('third');
  expect(last).toHaveLength(2);
  expect(last).not.toEqual(expect.arrayContaining(first));
});

/** A project with a small page, whose other parts are built already. */
async function projectOf(): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create();
  for (const path of ['src/web', 'dist/client', 'build'])
    await mkdir(folder.pathOf(path), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), folder.pathOf('node_modules'));
  for (const file of ['build.js', 'notices.js']) await cp(file, folder.pathOf(file));
  await folder.write('package.json', '{ "type": "module" }');
  await folder.write(
    'src/web/vite.config.ts',
    'export default { root: import.meta.dirname, build: { emptyOutDir: true } };',
  );
  await folder.write('src/web/index.html', '<script type="module" src="./main.js"></script>');
  await folder.write('dist/main.js', '');
  await folder.write('dist/client/package.json', '{}');
  for (const stamp of ['build/.program', 'build/.client']) {
    await folder.write(stamp, `${process.version} ${process.arch}`);
  }
  return folder;
}
