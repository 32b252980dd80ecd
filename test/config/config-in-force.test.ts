import { expect, it } from 'vitest';
import { configInForce, parseConfig, type Config } from '../../src/config/index.js';

const SHA = 'a'.repeat(64);

function parse(text: string): Config {
  return parseConfig(text, { file: '/tmp/gateway.yaml', env: {} });
}

const PROTECTED = `
access: { apiKeys: [{ name: one, sha256: ${SHA}, customers: all, permissions: [read] }] }
messages: { signature: { header: x-signature, algorithm: SHA-256, secret: a-secret-of-messages } }
limits: { requestsPerMinute: 10 }
customers: [{ id: acme }]
`;

it('has of the file what a reload applies, and keeps everything else', () => {
  const before = parse(PROTECTED);
  const file = parse(
    'limits: { requestsPerMinute: 20 }\nlisten: { port: 4999 }\ncustomers: [{ id: globex }]\n',
  );
  const inForce = configInForce(before, file);
  expect(inForce.customers.map(({ id }) => id)).toEqual(['globex']);
  expect(inForce.limits.requestsPerMinute).toBe(10);
  expect(inForce.listen.port).toBe(before.listen.port);
});

it('takes no protection away', () => {
  const before = parse(PROTECTED);
  const inForce = configInForce(before, parse('customers: [{ id: acme }]\n'));
  expect(inForce.access).toEqual(before.access);
  expect(inForce.messages).toEqual(before.messages);
});

it('takes a new password of the same database over, and no other database', () => {
  const at = (url: string): Config => parse(`storage: { postgres: "${url}" }\ncustomers: [{ id: acme }]\n`);
  const urlOf = ({ storage }: Config): string => (storage.engine === 'postgres' ? storage.url : '');
  const before = at('postgres://one:old@db.example/names');
  expect(urlOf(configInForce(before, at('postgres://one:new@db.example/names')))).toContain('one:new@');
  expect(urlOf(configInForce(before, at('postgres://one:new@db.example/others')))).toContain('one:old@');
});
