import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig, type Config } from '../../src/config/index.js';
import { TemporaryFolder } from '../support/command.js';
import { mistakes, SMALLEST } from './helpers.js';

const HASH = 'ab'.repeat(32);
const KEYS = `apiKeys: [{ name: ui, sha256: ${HASH}, customers: all }]`;
const PUBLIC = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'one' };

let folder: TemporaryFolder;
let file: string;

beforeEach(async () => {
  folder = await TemporaryFolder.create();
  file = join(folder.path, 'gateway.yaml');
});
afterEach(() => folder[Symbol.asyncDispose]());

const read = (access: string): Config => parseConfig(`access: { ${access} }\n${SMALLEST}`, { file, env: {} });
const refused = (access: string): string[] => mistakes(`access: { ${access} }\n${SMALLEST}`, { file });

const JWT = (path: string): string => `jwt: { issuer: a, audience: b, jwksFile: ${path} }`;

describe('access.jwt.jwksFile', () => {
  it('is relative to the configuration, not to the working directory', async () => {
    await mkdir(join(folder.path, 'keys'));
    await writeFile(join(folder.path, 'keys', 'set.json'), JSON.stringify({ keys: [PUBLIC, PUBLIC] }));
    expect(read(JWT('keys/set.json')).access?.jwt?.keys).toEqual({ set: { keys: [PUBLIC, PUBLIC] } });
    expect(read(JWT(join(folder.path, 'keys', 'set.json'))).access?.jwt?.keys).toEqual({
      set: { keys: [PUBLIC, PUBLIC] },
    });
  });

  it.each([
    ['is not JSON', 'keys:', 'is not valid JSON; correct it or export it again'],
    ['is empty', '', 'is not valid JSON; correct it or export it again'],
    [
      'is a single key',
      JSON.stringify(PUBLIC),
      'is not a JSON Web Key Set; it needs a list "keys" with at least one key',
    ],
    [
      'has no key',
      '{ "keys": [] }',
      'is not a JSON Web Key Set; it needs a list "keys" with at least one key',
    ],
    [
      'has a key without a type',
      '{ "keys": [{ "kid": "one" }] }',
      'is not a JSON Web Key Set; it needs a list "keys" with at least one key',
    ],
    [
      'holds a private key',
      JSON.stringify({ keys: [PUBLIC, { ...PUBLIC, d: 'canary' }] }),
      'contains a private or symmetric key; keep only the public keys in it',
    ],
    [
      'holds a symmetric key',
      JSON.stringify({ keys: [{ kty: 'oct', k: 'canary' }] }),
      'contains a private or symmetric key; keep only the public keys in it',
    ],
  ])('is refused if it %s', async (_, text, expected) => {
    await folder.write('set.json', text);
    expect(refused(JWT('set.json'))).toEqual([`access.jwt.jwksFile: the file set.json ${expected}`]);
  });

  it('is refused if it cannot be read', async () => {
    await writeFile(join(folder.path, 'binary'), Buffer.from([0xff, 0xfe, 0xff]));
    await mkdir(join(folder.path, 'folder'));
    expect(refused(JWT('missing.json'))).toEqual([
      'access.jwt.jwksFile: the file missing.json does not exist',
    ]);
    expect(refused(JWT('folder'))).toEqual(['access.jwt.jwksFile: the file folder is a directory']);
    expect(refused(JWT('binary'))).toEqual(['access.jwt.jwksFile: the file binary is not UTF-8 text']);
    expect(refused(JWT('""'))).toEqual([
      'access.jwt.jwksFile: must be a file with a JSON Web Key Set, not empty',
    ]);
    expect(refused(JWT('[a]'))).toEqual([
      'access.jwt.jwksFile: must be a file with a JSON Web Key Set, not a list',
    ]);
  });

  it('is refused if it is larger than 16 MiB', async () => {
    await folder.write('set.json', ' '.repeat(16 * 2 ** 20 + 1));
    expect(refused(JWT('set.json'))).toEqual([
      'access.jwt.jwksFile: the file set.json is larger than 16 MiB',
    ]);
  });
});

describe('access.trustedDocuments', () => {
  const documentsOf = (more = 'trustedDocuments: known.json'): unknown =>
    read(`${KEYS}, ${more}`).access?.trustedDocuments;

  it("is a manifest of GraphQL Code Generator or Apollo's persisted query manifest", async () => {
    const documents = { one: '{ __typename }', two: 'query Two { __typename }' };
    await folder.write('known.json', JSON.stringify(documents));
    expect(documentsOf()).toEqual({ documents, only: false, statesOnly: false });
    const operations = Object.entries(documents).map(([id, body]) => ({
      id,
      body,
      name: 'x',
      type: 'query',
    }));
    await folder.write(
      'known.json',
      JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
    );
    expect(documentsOf()).toEqual({ documents, only: false, statesOnly: false });
  });

  it('may be a path, or a mapping with options', async () => {
    await folder.write('known.json', '{ "one": "{ __typename }" }');
    const documents = { one: '{ __typename }' };
    expect(documentsOf('trustedDocuments: { file: known.json }')).toEqual({
      documents,
      only: false,
      statesOnly: false,
    });
    expect(documentsOf('trustedDocuments: { file: known.json, only: true }')).toEqual({
      documents,
      only: true,
      statesOnly: true,
    });
  });

  it('accepts IDs that are properties of Object.prototype', async () => {
    await folder.write('known.json', '{ "constructor": "{ __typename }" }');
    const { documents } = documentsOf() as { documents: Record<string, string> };
    expect(Object.entries(documents)).toEqual([['constructor', '{ __typename }']]);
  });

  it('may contain an operation twice, but not two operations with the same ID', async () => {
    const manifest = (...bodies: string[]): string =>
      JSON.stringify({
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: bodies.map((body) => ({ id: 'o\u202Ene', body })),
      });
    await folder.write('known.json', manifest('{ __typename }', '{ __typename }'));
    expect(documentsOf()).toMatchObject({ documents: { 'o\u202Ene': '{ __typename }' } });
    await folder.write('known.json', manifest('{ __typename }', '{ a: __typename }'));
    expect(refused(`${KEYS}, trustedDocuments: known.json`)).toEqual([
      'access.trustedDocuments: the file known.json has two different operations with the ID o\\u{202e}ne; generate it again',
    ]);
  });

  const NO_MANIFEST =
    'is not a manifest of operations; it must be a JSON object of IDs and operations, as GraphQL Code ' +
    "Generator writes it, or Apollo's persisted query manifest";

  it.each([
    ['is not JSON', 'query { a }', 'is not valid JSON; correct it or export it again'],
    ['is empty', '', 'is not valid JSON; correct it or export it again'],
    ['is a list', '["{ a }"]', NO_MANIFEST],
    ['is a text', '"{ a }"', NO_MANIFEST],
    ['has something else than texts', '{ "one": { "text": "{ a }" } }', NO_MANIFEST],
    ['has an empty text', '{ "one": "" }', NO_MANIFEST],
    ['has an empty ID', '{ "": "{ a }" }', NO_MANIFEST],
    ['has none', '{}', 'contains no operation; generate it again from the clients'],
    [
      "is Apollo's and has none",
      '{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [] }',
      'contains no operation; generate it again from the clients',
    ],
    [
      "is Apollo's and lacks a body",
      '{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id": "one" }] }',
      NO_MANIFEST,
    ],
    ['is of another format', '{ "format": "relay", "operations": [] }', NO_MANIFEST],
  ])('is refused if the file %s', async (_, text, expected) => {
    await folder.write('known.json', text);
    expect(refused(`${KEYS}, trustedDocuments: known.json`)).toEqual([
      `access.trustedDocuments: the file known.json ${expected}`,
    ]);
    expect(refused(`${KEYS}, trustedDocuments: { file: known.json }`)).toEqual([
      `access.trustedDocuments.file: the file known.json ${expected}`,
    ]);
  });

  it.each([
    ['trustedDocuments: missing.json', ['access.trustedDocuments: the file missing.json does not exist']],
    ['trustedDocuments:', ['access.trustedDocuments: must be a file with trusted operations, not empty']],
    [
      'trustedDocuments: [known.json]',
      ['access.trustedDocuments: must be a mapping with the keys file, only'],
    ],
    [
      'trustedDocuments: { file: missing.json, only: maybe, onyl: true }',
      [
        'access.trustedDocuments.file: the file missing.json does not exist',
        'access.trustedDocuments.only: must be true or false, not maybe',
        'access.trustedDocuments.onyl: is not a known key; did you mean only?',
      ],
    ],
    [
      'trustedDocuments: { only: true }',
      ['access.trustedDocuments.file: is missing; it must be a file with trusted operations'],
    ],
  ])('is refused with a message: %s', (more, expected) => {
    expect(refused(`${KEYS}, ${more}`)).toEqual(expected);
  });

  it('allows nobody to call by itself', async () => {
    await folder.write('known.json', '{ "one": "{ __typename }" }');
    expect(refused('trustedDocuments: known.json')).toEqual([
      'access: allows nobody to call; add apiKeys (aam-gateway key creates a key) or jwt, or remove access to allow everybody on this machine',
    ]);
  });
});
