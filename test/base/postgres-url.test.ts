import { describe, expect, it } from 'vitest';
import { parsePostgresUrl, postgresPasswords, withoutCredentials } from '../../src/base/postgres-url.js';

describe('a connection string of PostgreSQL', () => {
  it('names one host or several, each with its port', () => {
    const text = 'postgres://u:p@one,two:5433,[::1]:5434/names?target_session_attrs=read-write';
    const { hosts, targetSessionAttrs } = parsePostgresUrl(text)!;
    expect(hosts.map(({ name }) => name)).toEqual(['one', 'two:5433', '[::1]:5434']);
    expect(hosts.map(({ url }) => url)).toEqual(
      ['one', 'two:5433', '[::1]:5434'].map(
        (host) => `postgres://u:p@${host}/names?target_session_attrs=read-write`,
      ),
    );
    expect(targetSessionAttrs).toBe('read-write');
    expect(parsePostgresUrl('postgresql:///names')!.hosts[0]!.name).toBe('localhost');
    expect(parsePostgresUrl('postgres:///names?host=/var/run/postgresql')!.hosts[0]!.name).toBe(
      '/var/run/postgresql',
    );
  });

  it('is none with another scheme, an empty host among several, a port that is none, or a bare / in its password', () => {
    for (const text of [
      'postgres://u:12/3@one/names',
      'postgres://u:p@ss/word@one/names',
      'mysql://u@one/names',
      'postgres://one,/names',
      'postgres://one,two:x/names',
      'one',
    ]) {
      expect(parsePostgresUrl(text), text).toBeNull();
    }
  });

  it('has passwords, which are found with several hosts too', () => {
    expect(postgresPasswords('postgres://u:p%40ss@one,two:5433/names')).toEqual(['p@ss', 'p%40ss']);
    expect(postgresPasswords('postgres://one,two:5433/names?user=u&password=word')).toEqual(['word']);
    expect(postgresPasswords('postgres://one/names')).toEqual([]);
  });

  it('leads to the same place whatever its user and password', () => {
    const places = [
      'postgres://u:p@one,two:5433/names?sslmode=require',
      'postgres://other:word@one,two:5433/names?sslmode=require',
      'postgres://one,two:5433/names?sslmode=require',
    ].map(withoutCredentials);
    expect(new Set(places).size).toBe(1);
    expect(withoutCredentials('postgres://u:p@three/names')).not.toContain('p@');
  });
});
