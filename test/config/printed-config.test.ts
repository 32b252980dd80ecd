import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { configSecrets, loadConfig, loadPrintedConfig } from '../../src/config/index.js';
import { createAuthority, issue, type Certificate } from '../support/certificates.js';
import { TemporaryFolder } from '../support/command.js';

let folder: TemporaryFolder;
let certificate: Certificate;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
  certificate = await issue(await createAuthority());
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Contained in every secret, in the keys and outside of them. */
const CANARY = 'cAnArY77';

/** A configuration in which every key is set, in two files, with every kind of secret and reference. */
const MAIN = `
include: [more/rest.yaml]
listen: { host: "::1", port: 0, tls: { cert: tls/cert, key: "\${env:TLS_KEY}", clientCa: tls/cert }, sandbox: true, cors: ["https://reports.example.com"], trustProxy: [10.0.0.0/8, "::1"], getMaxAge: 1m, idleTimeout: 2m }
access:
  apiKeys:
    - { name: ui, sha256: ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB, customers: [acme] }
    - { name: all, sha256: cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd, customers: all, permissions: [read, metrics] }
  jwt: { issuer: "https://id.example.com/", audience: gateway, jwksFile: set.json }
  trustedDocuments: { file: documents.json, only: true }
limits: { body: 2MiB, depth: 2, introspection: false, slowestBody: 0 }
audienceManager:
  password: { baseUrl: "http://127.0.0.1:4010/v1//", clientId: "\${env:CLIENT}", clientSecret: "\${file:secret}" }
  pageSize: 0
outbound: { ca: tls/cert, proxy: "http://user:${CANARY}%40p@proxy.example.com:3128", noProxy: [internal.example.com] }
storage: { postgres: "postgres://gateway:${CANARY}db@db.example.com/gateway?sslmode=require&password=${CANARY}2", encryptionKey: "${CANARY} is a key of 32 characters and more", keepHistory: 1d }
shutdown: { delay: 0, limit: 1h }
config: { watch: true }
messages: { signature: { header: X-Signature, algorithm: SHA-256, secret: "${CANARY} signs", previousSecret: "\${file:secret}" } }
telemetry: { traces: "https://collector.example/v1/traces" }
`;
const REST = `
freshness: { ttl: 24d, refreshEvery: 0 }
cache: { maxAnswers: 0 }
customers:
  - id: "00314"
    name: "\${env:NAME}"
    credentials: { type: password, username: "true", password: ${CANARY}pw }
    destinations: [{ id: 314, name: "a: b # c", type: COOKIE, segmentIdType: ALIAS, format: tabs }, { id: "~" }]
  - id: globex
    credentials: { type: server-to-server, clientId: g, clientSecret: "${CANARY} s3cret", orgId: 1234@AdobeOrg }
  - id: empty
    destinations:
  - id: found
    credentials: { type: server-to-server, clientId: f, clientSecret: "${CANARY} f", orgId: 5@AdobeOrg }
    destinations: { discover: true, exclude: { names: ["Test *"] }, format: typed, overrides: [{ id: 7, segmentIdType: SID, format: json }] }
  - id: all
    credentials: { type: server-to-server, clientId: a, clientSecret: "${CANARY} a", orgId: 6@AdobeOrg }
    destinations: discover
`;

async function writeAll(): Promise<{ file: string; env: Record<string, string> }> {
  await mkdir(folder.pathOf('more'));
  await mkdir(folder.pathOf('tls'));
  await folder.write('tls/cert', certificate.cert);
  await folder.write('set.json', '{"keys":[{"kty":"RSA","n":"x"}]}');
  await folder.write('documents.json', '{"id":"{ __typename }"}');
  await folder.write('secret', `${CANARY}file\n`);
  await folder.write('more/rest.yaml', REST);
  const file = await folder.write('gateway.yaml', MAIN);
  return { file, env: { TLS_KEY: certificate.key, CLIENT: 'partner', NAME: 'Acme "Retail" ’24' } };
}

/** Puts the secrets back in the places that `***` stands for. */
function withSecrets(yaml: string): string {
  const data = parseYaml(yaml, { schema: 'failsafe' }) as {
    listen: { tls: Record<string, string> };
    audienceManager: { password: Record<string, string> };
    outbound: Record<string, string>;
    messages: { signature: Record<string, string> };
    storage: Record<string, string>;
    customers: { credentials: Record<string, string> }[];
  };
  data.listen.tls['key'] = certificate.key;
  data.audienceManager.password['clientSecret'] = `${CANARY}file`;
  data.outbound['proxy'] = data.outbound['proxy']!.replace('***', `${CANARY}%40p`);
  data.storage['postgres'] = data.storage['postgres']!.replace(':***@', `:${CANARY}db@`).replace(
    'password=***',
    `password=${CANARY}2`,
  );
  data.storage['encryptionKey'] = `${CANARY} is a key of 32 characters and more`;
  data.messages.signature['secret'] = `${CANARY} signs`;
  data.messages.signature['previousSecret'] = `${CANARY}file`;
  data.customers[0]!.credentials['password'] = `${CANARY}pw`;
  data.customers[1]!.credentials['clientSecret'] = `${CANARY} s3cret`;
  data.customers[3]!.credentials['clientSecret'] = `${CANARY} f`;
  data.customers[4]!.credentials['clientSecret'] = `${CANARY} a`;
  return stringify(data, { schema: 'failsafe' });
}

describe('a printed configuration', () => {
  it('has the same meaning as the files, once its secrets are put back', async () => {
    const { file, env } = await writeAll();
    const config = await loadConfig(file, { env });
    const { yaml } = await loadPrintedConfig(file, { env });
    await mkdir(folder.pathOf('elsewhere'));
    const printed = await folder.write('elsewhere/printed.yaml', withSecrets(yaml));
    expect(await loadConfig(printed, { env: {} })).toEqual(config);
  });

  it('contains no secret of any kind', async () => {
    const { file, env } = await writeAll();
    const { yaml, secrets } = await loadPrintedConfig(file, { env });
    const { key } = certificate;
    expect([...secrets].sort()).toEqual([...configSecrets(await loadConfig(file, { env }))].sort());
    expect(secrets.length).toBeGreaterThanOrEqual(8);
    expect(secrets.filter((secret) => yaml.includes(secret))).toEqual([]);
    expect(yaml).not.toContain(CANARY);
    expect(yaml).not.toContain('PRIVATE');
    for (const line of key.split('\n').filter((each) => each !== '' && !each.startsWith('-'))) {
      expect(yaml).not.toContain(line);
    }
    expect(yaml.match(/\*\*\*/g)).toHaveLength(12);
  });

  it('has only the certificates of a PEM text in which the private key is too', async () => {
    const { cert, key } = certificate;
    await folder.write('both.pem', `${key}${cert}`);
    const both = '"${file:both.pem}"';
    const file = await folder.write(
      'gateway.yaml',
      `listen: { tls: { cert: ${both}, key: ${both}, clientCa: ${both} } }\noutbound: { ca: ${both} }\ncustomers: [{ id: a }]`,
    );
    const { yaml } = await loadPrintedConfig(file, { env: {} });
    expect(yaml).not.toContain('PRIVATE');
    expect(yaml).not.toContain(key.split('\n')[1]);
    const { listen, outbound } = parseYaml(yaml) as {
      listen: { tls: Record<string, string> };
      outbound: { ca: string };
    };
    expect(listen.tls).toEqual({ cert: cert.trim(), key: '***', clientCa: cert.trim() });
    expect(outbound.ca).toBe(cert.trim());
  });

  it('shows what is no secret: resolved references, defaults, and URLs without their passwords', async () => {
    const { file, env } = await writeAll();
    const { yaml } = await loadPrintedConfig(file, { env });
    const data = parseYaml(yaml, { schema: 'failsafe' }) as Record<string, unknown>;
    expect(data).toMatchObject({
      listen: { tls: { cert: folder.pathOf('tls/cert'), key: '***' }, port: '0' },
      access: {
        jwt: { jwksFile: folder.pathOf('set.json') },
        trustedDocuments: { file: folder.pathOf('documents.json'), only: 'true' },
      },
      limits: { depth: '2', requestsPerMinute: '60000' },
      audienceManager: { password: { clientId: 'partner', clientSecret: '***' }, concurrency: '8' },
      outbound: { proxy: 'http://user:***@proxy.example.com:3128' },
      storage: {
        postgres: 'postgres://gateway:***@db.example.com/gateway?sslmode=require&password=***',
        poolSize: '10',
        encryptionKey: '***',
      },
      customers: [
        {
          id: '00314',
          name: 'Acme "Retail" ’24',
          destinations: [{ segmentIdType: 'ALIAS' }, { id: '~', segmentIdType: 'AUTO' }],
        },
        { id: 'globex', name: 'globex', credentials: { clientId: 'g', clientSecret: '***' } },
        { id: 'empty', destinations: [] },
        { id: 'found', destinations: { discover: 'true', exclude: { names: ['Test *'] } } },
        { id: 'all', destinations: 'discover' },
      ],
    });
    expect(yaml).toContain('id: 00314');
  });

  it.each([
    ['storage: { postgres: "postgres:///gateway" }', 'postgres:///gateway'],
    ['storage: { postgres: "postgres://user@host/db" }', 'postgres://user@host/db'],
    ['storage: { postgres: "postgres://:secret@host/db" }', 'postgres://:***@host/db'],
    ['storage: { postgres: "postgres://u:se%40cret@host/db" }', 'postgres://u:***@host/db'],
    ['storage: { postgres: "postgres://u:se:c@ret@host/db" }', 'postgres://u:***@host/db'],
    [
      'storage: { postgres: "postgres://u:secret@one:5432,two:5433/db?target_session_attrs=primary" }',
      'postgres://u:***@one:5432,two:5433/db?target_session_attrs=primary',
    ],
  ])('shows all of a URL but its password: %s', async (text, expected) => {
    const file = await folder.write('gateway.yaml', `${text}\ncustomers: [{ id: a }]`);
    const { yaml } = await loadPrintedConfig(file, { env: {} });
    expect((parseYaml(yaml) as { storage: { postgres: string } }).storage.postgres).toBe(expected);
  });

  it('of the smallest file is the file of all defaults, which can be read again', async () => {
    const file = await folder.write('gateway.yaml', 'customers: [{ id: a }]');
    const { yaml } = await loadPrintedConfig(file, { env: {} });
    const again = await folder.write('again.yaml', yaml);
    expect(await loadConfig(again, { env: {} })).toEqual(await loadConfig(file, { env: {} }));
    expect((await loadPrintedConfig(again, { env: {} })).yaml).toBe(yaml);
  });

  it('has the endpoint of traces from the environment, without a password', async () => {
    const file = await folder.write('gateway.yaml', 'customers: [{ id: a }]');
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://u:${CANARY}@collector.example/v1` };
    const { yaml, secrets } = await loadPrintedConfig(file, { env });
    expect(secrets).toContain(CANARY);
    expect(yaml).toContain('traces: https://u:***@collector.example/v1');
  });
});
