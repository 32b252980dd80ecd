import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import { postgresDatabase, postgresServer } from '../storage/support.js';

describe.skipIf(postgresServer === null)('a reload of the configuration', () => {
  it('takes over the password of the database, but no other database, and shows neither', async () => {
    const { config } = await postgresDatabase();
    const base = new URL(config.engine === 'postgres' ? config.url : '');
    const configOf = (password: string, name = base.pathname) => {
      const url = new URL(base);
      url.password = password;
      url.pathname = name;
      const text = `listen: { port: 0 }
storage: { postgres: "${url.href}" }
customers: [{ id: acme }]
`;
      return parseConfig(text, { file: '/gateway.yaml' });
    };
    const log: string[] = [];
    const gateway = await Gateway.start(configOf('canary-one'), {
      logSink: { write: (line) => void log.push(line) },
    });
    onTestFinished(() => gateway.stop());
    const warnings = (): string[] => log.filter((line) => line.includes('take effect at the next start'));
    gateway.reload(configOf('canary-two'));
    expect(warnings()).toEqual([]);
    gateway.reload(configOf('canary-three', '/another'));
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('"storage"');
    const ready = await fetch(`${gateway.url}/readyz`);
    expect(await ready.json()).toMatchObject({ storage: 'available' });
    expect(
      (await (await fetch(`${gateway.url}/metrics`)).text()).match(/storage_pool_connections\{/g),
    ).toHaveLength(3);
    expect(log.join('')).not.toContain('canary');
  });
});
