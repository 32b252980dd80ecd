import { describe, expect, it } from 'vitest';
import { accountKey, type SharedToken, type TokenVault } from '../../src/audience-manager/index.js';
import { connect, startUpstream } from '../support/upstream.js';

/** A token vault in memory. */
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

/** Two connections with one vault, as two processes have. */
async function startTwo() {
  const { simulator, clock, account } = await startUpstream();
  const vault = new SharedVault();
  const [one, two] = [connect({ clock, vault }), connect({ clock, vault })] as const;
  return { simulator, clock, vault, account: account('acme'), one, two };
}

describe('processes that share a vault', () => {
  it('need one token between them, and renew it once', async () => {
    const { simulator, clock, vault, account, one, two } = await startTwo();
    const first = await one.tokens.get(account);
    expect(await two.tokens.get(account)).toBe(first);
    expect(simulator.count({ endpoint: 'token' })).toBe(1);
    clock.advance(vault.tokens.get(accountKey(account))!.renewAt - clock.now());
    const second = await two.tokens.get(account);
    expect(second).not.toBe(first);
    expect(await one.tokens.get(account)).toBe(second);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('do not use a token again that was refused', async () => {
    const { simulator, account, one } = await startTwo();
    const refused = await one.tokens.get(account);
    simulator.revokeTokens();
    await one.client.listMappings(account, '314');
    expect(await one.tokens.get(account)).not.toBe(refused);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('keep a token out of the log that another process was granted', async () => {
    const { account, one, two } = await startTwo();
    const token = await one.tokens.get(account);
    await two.tokens.get(account);
    two.logger.info({ note: `it is ${token}` }, 'a line');
    expect(two.logLines.join('')).not.toContain(token);
  });
});
