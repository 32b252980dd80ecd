import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDatabasePath } from '../../src/config/index.js';
import { TemporaryFolder } from '../support/command.js';

describe('the path of the database in a configuration', () => {
  it.each([
    ['{}', 'data/gateway.db'],
    ['storage: { sqlite: names.db }', 'names.db'],
    // What else is wrong or missing does not matter.
    ['storage: { sqlite: "${env:DB}.db", encryptionKey: "${env:NOT_THERE}" }\ncustomers: 1', 'own.db'],
    ['storage: { postgres: "postgres://db/names" }', null],
    ['storage: { sqlite: "${env:NOT_THERE}" }', null],
  ])('of %j is %s', async (text, expected) => {
    await using folder = await TemporaryFolder.create();
    const file = await folder.write('gateway.yaml', `${text}\n`);
    const path = await readDatabasePath(file, { DB: 'own' });
    expect(path).toBe(expected === null ? null : join(folder.path, expected));
  });
});
