import { describe, expect, it } from 'vitest';
import { keepAccess, parseConfig, type AccessConfig } from '../../src/config/index.js';

const KEY =
  '{ name: reporting, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, customers: all }';

function accessOf(text: string): AccessConfig {
  const { access } = parseConfig(`access: ${text}\ncustomers: [{ id: acme }]\n`, {
    file: 'gateway.yaml',
    env: {},
  });
  if (access === null) throw new Error('the text has no access');
  return access;
}

const keys = accessOf(`{ apiKeys: [${KEY}] }`);
const documents = { known: '{ __typename }' };
const trusted = { documents, only: true, statesOnly: true };
const restricted: AccessConfig = { ...keys, trustedDocuments: trusted };

describe('access control after a reload', () => {
  it('begins at once where there was none', () => {
    expect(keepAccess(null, keys)).toEqual({ access: keys, kept: [] });
    expect(keepAccess(null, null)).toEqual({ access: null, kept: [] });
  });

  it('stays as it was if the file has none', () => {
    expect(keepAccess(restricted, null)).toEqual({ access: restricted, kept: ['access'] });
  });

  it('goes on to restrict operations to trusted documents if the file does not', () => {
    const kept = ['access.trustedDocuments.only'];
    expect(keepAccess(restricted, keys)).toEqual({ access: restricted, kept });
    const other = { other: '{ viewer { name } }' };
    const silent = { documents: other, only: false, statesOnly: false };
    expect(keepAccess(restricted, { ...keys, trustedDocuments: silent })).toEqual({
      access: { ...keys, trustedDocuments: { ...silent, only: true } },
      kept,
    });
  });

  it('follows the file where it restricts as much or more, or says that it restricts less', () => {
    const narrower: AccessConfig = { ...restricted, apiKeys: [] };
    expect(keepAccess(restricted, narrower)).toEqual({ access: narrower, kept: [] });
    expect(keepAccess(keys, restricted)).toEqual({ access: restricted, kept: [] });
    const open: AccessConfig = { ...keys, trustedDocuments: { ...trusted, only: false } };
    expect(keepAccess(restricted, open)).toEqual({ access: open, kept: [] });
    expect(keepAccess(open, keys)).toEqual({ access: keys, kept: [] });
  });
});
