import { describe, expect, it } from 'vitest';
import type { CustomerConfig } from '../../src/config/index.js';
import { mistakes, parse } from './helpers.js';

const CREDENTIALS = '{ type: server-to-server, clientId: c, clientSecret: s, orgId: o }';

function customer(destinations: string): CustomerConfig | undefined {
  return parse(`customers: [{ id: a, credentials: ${CREDENTIALS}, destinations: ${destinations} }]`)
    .customers[0];
}

function mistakesOf(destinations: string, credentials = `credentials: ${CREDENTIALS}, `): string[] {
  return mistakes(`customers: [{ id: a, ${credentials}destinations: ${destinations} }]`);
}

describe('destinations that are discovered', () => {
  it('are all of them, with one word', () => {
    expect(customer('discover')).toMatchObject({
      destinations: [],
      discovery: { include: null, exclude: null, segmentIdType: 'AUTO', format: null },
    });
    expect(customer('{ discover: true }')).toEqual(customer('discover'));
  });

  it('may be included, excluded, and have settings of their own', () => {
    const text =
      '{ discover: true, segmentIdType: SID, include: { names: ["Acme *"], types: [SERVER_TO_SERVER] }, exclude: { ids: [7] }, overrides: [{ id: 314, name: EU, segmentIdType: ALIAS }, { id: 315 }] }';
    expect(customer(text)).toMatchObject({
      destinations: [
        { id: '314', name: 'EU', type: null, segmentIdType: 'ALIAS' },
        { id: '315', name: null, type: null, segmentIdType: 'SID' },
      ],
      discovery: {
        segmentIdType: 'SID',
        include: { ids: [], names: ['Acme *'], types: ['SERVER_TO_SERVER'] },
        exclude: { ids: ['7'], names: [], types: [] },
      },
    });
  });

  it('are none where the file lists them', () => {
    expect(customer('[{ id: 1 }]')?.discovery).toBeNull();
    expect(customer('')?.discovery).toBeNull();
  });

  it.each([
    [
      'discovery',
      'customers[0].destinations: must be a list of destinations, each with an id, or the word discover',
    ],
    ['{ discover: false }', 'customers[0].destinations.discover: must be true, not false'],
    ['{ include: { ids: [1] } }', 'customers[0].destinations.discover: is missing; it must be true'],
    [
      '{ discover: true, include: {} }',
      'customers[0].destinations.include: names nothing; list ids, names or types, or remove it',
    ],
    [
      '{ discover: true, exclude: { type: [URL] } }',
      'customers[0].destinations.exclude.type: is not a known key; did you mean types?',
    ],
    [
      '{ discover: true, exclude: { ids: [7] }, overrides: [{ id: 7 }] }',
      'customers[0].destinations.overrides[0].id: 7 is in exclude.ids as well; remove it from one of the two',
    ],
  ])('are refused with a mistake: %s', (text, message) => {
    expect(mistakesOf(text)).toContain(message);
  });

  it('need two entries with the same ID to be told apart', () => {
    expect(mistakesOf('{ discover: true, overrides: [{ id: 7 }, { id: 7 }] }')).toEqual([
      expect.stringMatching(
        /overrides\[1\]\.id: is the same as customers\[0\]\.destinations\.overrides\[0\]\.id|overrides\[1\]\.id:/,
      ),
    ]);
  });

  it.each(['discover', '{ discover: true }'])('need credentials to ask with: %s', (text) => {
    expect(mistakesOf(text, '')).toEqual([
      'customers[0].destinations: needs credentials: destinations are discovered by asking Audience Manager; add credentials to the customer, or list its destinations',
    ]);
  });
});
