import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/index.js';
import { sampleCustomers } from '../src/simulator/index.js';
import { TestGateway, type TestCustomer } from './support/gateway.js';

const README = readFileSync('README.md', 'utf8');

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  );
}

describe('the README', () => {
  it('shows queries that the demo answers, the first with the answer that it shows', async () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    const configured = gatewayCustomers.map((customer): TestCustomer => ({
      ...customer,
      credentials: customer.credentials === undefined ? null : { ...customer.credentials },
    }));
    await using gateway = await TestGateway.start({ simulated: customers, customers: configured });
    const [first = '', ...others] = blocks('graphql');
    expect(await gateway.query(first)).toEqual(JSON.parse(blocks('json')[0] ?? ''));
    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const query of others) {
      const keys = [{ customerId: 'acme', destinationId: '314', id: '80920' }];
      const { errors, data } = await gateway.query(query, query.includes('$keys') ? { keys } : {});
      expect({ query, errors }).toEqual({ query, errors: undefined });
      expect(JSON.stringify(data)).toMatch(/"label":"\S/);
    }
  });

  it('shows a configuration that is valid', () => {
    const env = { AAM_CLIENT_ID: 'id', AAM_CLIENT_SECRET: 'secret', ACME_AAM_PASSWORD: 'password' };
    const [yaml = ''] = blocks('yaml');
    expect(parseConfig(yaml, { file: '/gateway.yaml', env }).customers).toHaveLength(1);
  });

  it('goes with a configuration for several gateways that is valid', () => {
    const env = {
      POSTGRES_PASSWORD: 'password',
      DATABASE_URL: 'postgres://gateway:password@postgres/names',
      TOKEN_ENCRYPTION_KEY: 'a key of at least thirty-two characters',
    };
    const file = 'compose/gateway.yaml';
    const config = parseConfig(readFileSync(file, 'utf8'), { file, env, insecure: true });
    expect(config.storage.engine).toBe('postgres');
  });

  it('names every configuration key there is', () => {
    const example = readFileSync('gateway.example.yaml', 'utf8');
    const keys = [...example.matchAll(/^ {2,4}([a-zA-Z]+):/gm)].map(([, key = '']) => key);
    expect(keys.length).toBeGreaterThan(15);
    for (const key of keys) expect(README).toContain(key);
  });
});
