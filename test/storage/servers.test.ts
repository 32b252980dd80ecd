import { DatabaseError } from 'pg';
import { expect, describe, it } from 'vitest';
import { StorageError } from '../../src/storage/index.js';
import { isSilence } from '../../src/storage/postgres/errors.js';
import { Servers } from '../../src/storage/postgres/servers.js';
import { silent } from './support.js';

describe('the hosts of a connection string', () => {
  it('stay as they are when all connections are in use', async () => {
    const servers = new Servers('postgres://one,two/names', silent());
    const full = new StorageError('UNAVAILABLE', 'all connections were in use');
    let tries = 0;
    const finding = servers.find(() => {
      tries += 1;
      return Promise.reject(full);
    });
    await expect(finding).rejects.toBe(full);
    expect({ tries, host: servers.current.name }).toEqual({ tries: 1, host: 'one' });
  });
});

describe('an error of connecting', () => {
  function failure(code: string): Error {
    return Object.assign(new Error(`connect ${code}`), { code });
  }

  it.each([
    new Error('timeout expired'),
    failure('EHOSTUNREACH'),
    new AggregateError([failure('ENETUNREACH'), failure('ETIMEDOUT')]),
  ])('means that nobody answers: %s', (error) => {
    expect(isSilence(error)).toBe(true);
  });

  it.each([
    failure('ECONNREFUSED'),
    failure('ECONNRESET'),
    failure('EAI_AGAIN'),
    failure('EMFILE'),
    new AggregateError([failure('ECONNREFUSED'), failure('EADDRNOTAVAIL')]),
    new DatabaseError('canceling authentication due to timeout', 0, 'error'),
  ])('says nothing of the connections that stand: %s', (error) => {
    expect(isSilence(error)).toBe(false);
  });
});
