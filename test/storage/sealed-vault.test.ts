import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { sealedVault } from '../../src/storage/index.js';
import { sqliteDatabase } from './support.js';

const KEY = 'a key of at least thirty-two characters';
const TOKEN = { access: 'canary-access', refresh: 'canary-refresh', expiresAt: 4e12, renewAt: 3e12 };

describe('a sealed vault', () => {
  it('gives a token back to whoever has the key, for the account it was granted to', async () => {
    const storage = await (await sqliteDatabase()).open();
    await sealedVault(storage, KEY, systemClock).save('acme', TOKEN);
    const elsewhere = sealedVault(storage, KEY, systemClock);
    expect(await elsewhere.load('acme')).toEqual(TOKEN);
    expect(await elsewhere.load('globex')).toBeNull();
    expect(await sealedVault(storage, `another ${KEY}`, systemClock).load('acme')).toBeNull();
  });

  it('stores nothing that could be read or passed off as that of another account', async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const vault = sealedVault(storage, KEY, systemClock);
    await vault.save('acme', TOKEN);
    const file = database.config.engine === 'sqlite' ? database.config.path : '';
    const other = new Database(file);
    const rows = other.prepare('select * from token').all() as { sealed: string }[];
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('canary');
    expect(Buffer.from(rows[0]!.sealed.split('.').at(-1)!, 'base64').toString('latin1')).not.toContain(
      'canary',
    );
    other.exec("update token set account = 'globex'");
    expect(await vault.load('globex')).toBeNull();
    other.exec("update token set account = 'acme', sealed = 'v1.rubbish'");
    expect(await vault.load('acme')).toBeNull();
    other.close();
  });

  it('forgets a token that has expired', async () => {
    const storage = await (await sqliteDatabase()).open();
    const vault = sealedVault(storage, KEY, systemClock);
    await vault.save('acme', { ...TOKEN, expiresAt: systemClock.now() - 1 });
    expect(await vault.load('acme')).toBeNull();
  });

  it('is an empty one where the storage is gone', async () => {
    const storage = await (await sqliteDatabase()).open();
    const vault = sealedVault(storage, KEY, systemClock);
    await storage.close();
    await vault.save('acme', TOKEN);
    expect(await vault.load('acme')).toBeNull();
  });
});
