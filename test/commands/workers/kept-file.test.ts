import { expect, it } from 'vitest';
import { keepDatabase } from '../../../src/commands/workers/kept-file.js';
import { TemporaryFolder } from '../../support/command.js';
import { silent } from '../../storage/support.js';
import { configWith } from './support.js';

it('gives the database file back if it cannot find out which file that is', async () => {
  await using folder = await TemporaryFolder.create();
  const { storage } = configWith(`storage: { sqlite: ${JSON.stringify(folder.pathOf('gateway.db'))} }`);
  const options = { now: Date.now(), logger: silent() };
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const failing = keepDatabase(storage, { ...options, identify: () => Promise.reject(denied) });
  await expect(failing).rejects.toMatchObject({
    name: 'StorageError',
    message: expect.stringContaining('gateway.db') as string,
  });
  const kept = await keepDatabase(storage, options);
  expect(kept?.begin?.identity).toMatch(/^\d+:\d+$/);
  await expect(keepDatabase(storage, options)).rejects.toMatchObject({ name: 'StorageError' });
  kept?.release();
});
