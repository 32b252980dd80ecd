import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { KeyProvider, keySetOf, signingKey } from '../support/key-provider.js';
import { entryOf, withKey } from '../support/keys.js';

const ACME = passwordCustomer('acme', destination(314, 3));

describe('a gateway whose program is built anew while it runs', () => {
  it('can still fetch the keys of the identity provider', async () => {
    const key = await signingKey('RS256', 'first');
    await using provider = await KeyProvider.start(keySetOf(key));
    await using simulator = await AudienceManagerSimulator.start({ customers: [ACME] });
    await using folder = await TemporaryFolder.create();
    const jwt = { issuer: 'https://id.example.com', audience: 'names', jwksUri: provider.uri };
    const config = configTextFor(simulator, [ACME], undefined, {
      access: { jwt, apiKeys: [entryOf('dashboard-key', 'dashboard', ['acme'])] },
    });
    const file = await folder.write('gateway.yaml', config);
    const program = await copyOfProgram(folder);
    await using gateway = new RunningCommand(['serve', '--config', file], {}, undefined, program.main);
    const url = await gateway.url();
    const nameOf = async (headers: Record<string, string>): Promise<unknown> => {
      const body = JSON.stringify({ query: '{ viewer { name } }' });
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
      const answer = (await (await fetch(url, init)).json()) as { data?: { viewer: { name: string } } };
      return answer.data?.viewer.name ?? answer;
    };
    // Apollo Server loads a part of itself with the first operation.
    expect(await nameOf(withKey('dashboard-key'))).toBe('dashboard');
    expect(provider.requests).toBe(0);
    await rm(program.chunks, { recursive: true });

    const token = await key.sign({
      iss: jwt.issuer,
      aud: jwt.audience,
      sub: 'report-job',
      exp: Math.floor(Date.now() / 1_000) + 300,
      customers: ['acme'],
      permissions: ['read'],
    });
    expect(await nameOf({ authorization: `Bearer ${token}` })).toBe('report-job');
    expect(provider.requests).toBe(1);
  });
});

/** Copies what is built, so that a test may remove files of it. */
async function copyOfProgram(folder: TemporaryFolder): Promise<{ main: string; chunks: string }> {
  const dist = folder.pathOf('program/dist');
  await mkdir(dist, { recursive: true });
  const isOfPages = (path: string): boolean => path === join('dist', 'web');
  await cp('dist', dist, { recursive: true, filter: (path) => !isOfPages(path) });
  await cp('package.json', folder.pathOf('program/package.json'));
  await symlink(join(process.cwd(), 'node_modules'), folder.pathOf('program/node_modules'));
  return { main: join(dist, 'main.js'), chunks: join(dist, 'chunks') };
}
