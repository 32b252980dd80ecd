import { describe, expect, it } from 'vitest';
import { accountKey, type SharedToken, type TokenVault } from '../../src/audience-manager/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { accountFor, connect, startUpstream } from '../support/upstream.js';

/** What several processes share. */
class SharedVault implements TokenVault {
  readonly tokens = new Map<string, SharedToken>();

  load(account: string): Promise<SharedToken | null> {
    return Promise.resolve(this.tokens.get(account) ?? null);
  }

  save(account: string, token: SharedToken): Promise<void> {
    this.tokens.set(account, token);
    return Promise.resolve();
  }
}

describe('processes that share a vault', () => {
  const customers = [passwordCustomer('acme', destination(314, 1))];

  it('need one token between them, and renew it once', async () => {
    const { simulator, clock } = await startUpstream({ customers });
    const vault = new SharedVault();
    const [one, two] = [connect({ clock, vault }), connect({ clock, vault })];
    const account = accountFor(simulator, customers[0]!);
    const first = await one.tokens.get(account);
    expect(await two.tokens.get(account)).toBe(first);
    expect(simulator.count({ endpoint: 'token' })).toBe(1);
    clock.advance(vault.tokens.get(accountKey(account))!.renewAt - clock.now());
    const second = await two.tokens.get(account);
    expect(second).not.toBe(first);
    expect(await one.tokens.get(account)).toBe(second);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('do not take back a token that was refused', async () => {
    const { simulator, clock } = await startUpstream({ customers });
    const vault = new SharedVault();
    const { client, tokens } = connect({ clock, vault });
    const account = accountFor(simulator, customers[0]!);
    const refused = await tokens.get(account);
    simulator.revokeTokens();
    await client.listMappings(account, '314');
    expect(await tokens.get(account)).not.toBe(refused);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('blank a token out of the log that another process was granted', async () => {
    const { simulator, clock } = await startUpstream({ customers });
    const vault = new SharedVault();
    const [one, two] = [connect({ clock, vault }), connect({ clock, vault })];
    const account = accountFor(simulator, customers[0]!);
    const token = await one.tokens.get(account);
    await two.tokens.get(account);
    two.logger.info({ note: `it is ${token}` }, 'a line');
    expect(two.logLines.join('')).not.toContain(token);
  });
});
