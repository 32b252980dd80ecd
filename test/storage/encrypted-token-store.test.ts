import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { encryptedTokenStore } from '../../src/storage/index.js';
import { sqliteDatabase } from './support.js';

const KEY = 'a key of at least thirty-two characters';
const TOKEN = { access: 'canary-access', refresh: 'canary-refresh', expiresAt: 4e12, renewAt: 3e12 };

describe('an encrypted token store', () => {
  it('loads a token with the same key and account only', async () => {
    const storage = await (await sqliteDatabase()).open();
    await encryptedTokenStore(storage, KEY, systemClock).save('acme', TOKEN);
    const elsewhere = encryptedTokenStore(storage, KEY, systemClock);
    expect(await elsewhere.load('acme')).toEqual(TOKEN);
    expect(await elsewhere.load('globex')).toBeNull();
    expect(await encryptedTokenStore(storage, `another ${KEY}`, systemClock).load('acme')).toBeNull();
  });

  it('stores no readable token, and none that can be moved to another account', async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const tokens = encryptedTokenStore(storage, KEY, systemClock);
    await tokens.save('acme', TOKEN);
    const file = database.config.engine === 'sqlite' ? database.config.path : '';
    const other = new Database(file);
    const rows = other.prepare('select * from token').all() as { sealed: string }[];
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('canary');
    expect(Buffer.from(rows[0]!.sealed.split('.').at(-1)!, 'base64').toString('latin1')).not.toContain(
      'canary',
    );
    other.exec("update token set account = 'globex'");
    expect(await tokens.load('globex')).toBeNull();
    other.exec("update token set account = 'acme', sealed = 'v1.rubbish'");
    expect(await tokens.load('acme')).toBeNull();
    other.close();
  });

  it('does not load an expired token', async () => {
    const storage = await (await sqliteDatabase()).open();
    const tokens = encryptedTokenStore(storage, KEY, systemClock);
    await tokens.save('acme', { ...TOKEN, expiresAt: systemClock.now() - 1 });
    expect(await tokens.load('acme')).toBeNull();
  });

  it('loads and saves nothing while the storage is unavailable', async () => {
    const storage = await (await sqliteDatabase()).open();
    const tokens = encryptedTokenStore(storage, KEY, systemClock);
    await storage.close();
    await tokens.save('acme', TOKEN);
    expect(await tokens.load('acme')).toBeNull();
  });
});
