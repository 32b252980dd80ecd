import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { linkOrCopy } from '../../src/storage/sqlite/files.js';

// A disk that knows no second names.
vi.mock('node:fs/promises', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  link: () => Promise.reject(Object.assign(new Error('not permitted'), { code: 'EPERM' })),
}));

it('keeps a file at its place while it gets another name, on a disk without second names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [file, aside] = [join(folder, 'file'), join(folder, 'aside')];
  await writeFile(file, 'content', { mode: 0o600 });
  await linkOrCopy(file, aside);
  expect(await readdir(folder)).toEqual(['aside', 'file']);
  expect(await readFile(aside, 'utf8')).toBe('content');
  expect((await stat(aside)).mode & 0o777).toBe(0o600);
  await writeFile(file, 'other');
  await expect(linkOrCopy(file, aside)).rejects.toThrow();
  expect(await readFile(aside, 'utf8')).toBe('content');
});
