import { describe, expect, it } from 'vitest';
import type { IdentifierType } from '../../../src/segments/index.js';
import { lookUp, startDocumented, type Fields } from './documented.js';

describe('an ID that stands for two segments', () => {
  const server = { destinationType: 'S2S' };
  const collisions: [string, Fields, Fields[], string, string][] = [
    [
      'as the sid of one and the mapping ID of the other',
      server,
      [
        { destinationMappingId: 84326, sid: 1, elementName: 'Mapping' },
        { destinationMappingId: 2, sid: 84326, elementName: 'Sid' },
      ],
      '84326',
      'AMBIGUOUS: Sid as SID, Mapping as MAPPING_ID',
    ],
    [
      'as the sid of one and the alias of the other',
      server,
      [
        { destinationMappingId: 1, sid: 10, traitAlias: '84326', elementName: 'Alias' },
        { destinationMappingId: 2, sid: 84326, elementName: 'Sid' },
      ],
      '84326',
      'AMBIGUOUS: Sid as SID, Alias as ALIAS',
    ],
    [
      'as sid, alias and mapping ID of three',
      server,
      [
        { destinationMappingId: 1, sid: 10, traitAlias: '84326', elementName: 'Alias' },
        { destinationMappingId: 2, sid: 84326, elementName: 'Sid' },
        { destinationMappingId: 84326, sid: 30, elementName: 'Mapping' },
      ],
      '84326',
      'AMBIGUOUS: Sid as SID, Alias as ALIAS, Mapping as MAPPING_ID',
    ],
    [
      'as the alias of both',
      server,
      [
        { destinationMappingId: 1, sid: 10, traitAlias: 'loyal', elementName: 'One' },
        { destinationMappingId: 2, sid: 20, traitAlias: 'loyal', elementName: 'Two' },
      ],
      'loyal',
      'AMBIGUOUS: Two as ALIAS, One as ALIAS',
    ],
    [
      'as the value of both',
      { destinationType: 'ADS', formatType: 'single_key' },
      [
        { destinationMappingId: 1, sid: 10, valueAlias: '7', elementName: 'One' },
        { destinationMappingId: 2, sid: 20, valueAlias: '7', elementName: 'Two' },
      ],
      '7',
      'AMBIGUOUS: Two as VALUE, One as VALUE',
    ],
    [
      'as the key and value of both',
      { destinationType: 'ADS', formatType: 'key_value' },
      [
        { destinationMappingId: 1, sid: 10, traitAlias: 'type', valueAlias: '7', elementName: 'One' },
        { destinationMappingId: 2, sid: 20, traitAlias: 'type', valueAlias: '7', elementName: 'Two' },
      ],
      'type=7',
      'AMBIGUOUS: One as KEY_VALUE, Two as KEY_VALUE',
    ],
    [
      'as the address of both',
      { destinationType: 'PUSH', serializationEnabled: false },
      [
        { destinationMappingId: 1, sid: 10, url: 'http://p.example/?r=%rnd%', elementName: 'One' },
        { destinationMappingId: 2, sid: 20, url: 'http://p.example/?r=%did%', elementName: 'Two' },
      ],
      'http://p.example/?r=8',
      'AMBIGUOUS: One as URL, Two as URL',
    ],
    [
      'as the alias of both, with addresses that have its macro',
      { destinationType: 'PUSH', serializationEnabled: false },
      [
        { destinationMappingId: 1, sid: 8, url: 'http://p.example/?s=%ALIAS%', elementName: 'One' },
        {
          destinationMappingId: 2,
          sid: 20,
          traitAlias: '8',
          url: 'http://p.example/?t=%ALIAS%',
          elementName: 'Two',
        },
      ],
      '8',
      'AMBIGUOUS: Two as ALIAS, One as SID',
    ],
    [
      'of a destination of unknown type, as its value and the sid of the other',
      { destinationType: 'NEW' },
      [
        { destinationMappingId: 1, sid: 7, elementName: 'Sid' },
        { destinationMappingId: 2, sid: 20, valueAlias: '7', elementName: 'Value' },
      ],
      '7',
      'AMBIGUOUS: Sid as SID, Value as VALUE',
    ],
  ];

  it.each(collisions)('%s is ambiguous, with both of them', async (_, fields, rows, id, expected) => {
    const test = await startDocumented({ fields, rows });
    expect(await lookUp(test, test.at(), [id])).toEqual({ [id]: expected });
  });

  it.each<[IdentifierType, (text: string) => Fields, (text: string) => string]>([
    ['ALIAS', (text) => ({ traitAlias: text }), (text) => text],
    ['VALUE', (text) => ({ valueAlias: text }), (text) => text],
    ['KEY_VALUE', (text) => ({ traitAlias: 'k', valueAlias: text }), (text) => `k=${text}`],
    ['URL', (text) => ({ url: `http://p.example/${text}` }), (text) => `http://p.example/${text}`],
  ])(
    'is ambiguous also if it is stated to be of the kind that both have (%s)',
    async (idType, fields, idOf) => {
      const pairs = [
        [10, 20],
        [null, null],
        [0, 0],
        [30, null],
      ];
      const rows = pairs.flatMap((sids, pair) =>
        sids.map((sid, index) => ({
          destinationMappingId: 2 * pair + index + 1,
          sid,
          elementName: ['One', 'Two'][index],
          ...fields(`pair-${pair}`),
        })),
      );
      const test = await startDocumented({ fields: server, rows });
      const found = await lookUp(
        test,
        test.at(),
        pairs.map((_, pair) => idOf(`pair-${pair}`)),
        idType,
      );
      for (const text of Object.values(found)) {
        expect(text).toMatch(new RegExp(`^AMBIGUOUS: (One|Two) as ${idType}, (One|Two) as ${idType}$`));
      }
    },
  );

  it('is one of them as soon as its kind is stated', async () => {
    const rows = [
      { destinationMappingId: 84326, sid: 1, traitAlias: 'x', elementName: 'Mapping' },
      { destinationMappingId: 2, sid: 84326, traitAlias: 'y', elementName: 'Sid' },
      { destinationMappingId: 3, sid: 3, traitAlias: '84326', elementName: 'Alias' },
    ];
    const test = await startDocumented({ fields: server, rows });
    for (const [idType, name] of [
      ['MAPPING_ID', 'Mapping'],
      ['SID', 'Sid'],
      ['ALIAS', 'Alias'],
    ] as const) {
      expect(await lookUp(test, test.at(), ['84326'], idType)).toEqual({ 84326: `${name} as ${idType}` });
    }
  });

  it('is no longer ambiguous where the destination does not send one of the kinds', async () => {
    const rows = [
      { destinationMappingId: 84326, sid: 1, traitAlias: '1', elementName: 'Mapping' },
      { destinationMappingId: 2, sid: 84326, traitAlias: '84326', elementName: 'Sid' },
    ];
    const test = await startDocumented({ fields: { ...server, mappingAutoFiller: 'SID' }, rows });
    expect(await lookUp(test, test.at(), ['84326'])).toEqual({ 84326: 'Sid as SID' });
  });

  it('lists a hundred of them at most', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => ({
      destinationMappingId: index + 1,
      sid: index + 1000,
      traitAlias: 'all',
    }));
    const test = await startDocumented({ fields: server, rows });
    const { results } = await test.find(test.at(), ['all']);
    expect(results).toMatchObject([{ status: 'AMBIGUOUS', candidates: { length: 100 } }]);
  });
});

describe('an ID that several rows of one segment have', () => {
  it('is found if the segment is mapped several times, whatever the names of the rows', async () => {
    const rows = [
      { destinationMappingId: 1, sid: 80920, traitAlias: 'a', elementName: 'Earlier', updateTime: 1 },
      { destinationMappingId: 2, sid: 80920, traitAlias: 'a', elementName: 'Later', updateTime: 2 },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['80920', 'a', '1', '2'])).toEqual({
      80920: 'Later as SID',
      a: 'Later as ALIAS',
      1: 'Earlier as MAPPING_ID',
      2: 'Later as MAPPING_ID',
    });
    expect(await lookUp(test, test.at(), ['80920'], 'SID')).toEqual({ 80920: 'Later as SID' });
    expect(await lookUp(test, test.at(), ['a'], 'ALIAS')).toEqual({ a: 'Later as ALIAS' });
  });

  it('is found as the first kind that the destination sends, if it is one segment as several kinds', async () => {
    const rows = [
      { destinationMappingId: 7, sid: 7, traitAlias: '7', elementName: 'All three' },
      { destinationMappingId: 8, sid: 1, traitAlias: '8', elementName: 'Alias and mapping' },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['7', '8'])).toEqual({
      7: 'All three as SID',
      8: 'Alias and mapping as ALIAS',
    });
  });

  it('is found if one row has it as the sid, and another row of that segment as its mapping ID', async () => {
    const rows = [
      { destinationMappingId: 7, sid: 9, elementName: 'One row' },
      { destinationMappingId: 8, sid: 9, traitAlias: '7', elementName: 'Another row' },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'Another row as ALIAS' });
  });
});

describe('an identifier of a deleted mapping', () => {
  it('that another segment has now means the living one, without a stated kind and with it', async () => {
    const rows = [
      {
        destinationMappingId: 1,
        sid: 10,
        traitAlias: 'spring',
        elementStatus: 'deleted',
        elementName: 'Old',
      },
      {
        destinationMappingId: 2,
        sid: 20,
        traitAlias: 'spring',
        elementStatus: 'inactive',
        elementName: 'New',
      },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['spring'])).toEqual({ spring: 'New as ALIAS' });
    expect(await lookUp(test, test.at(), ['spring'], 'ALIAS')).toEqual({ spring: 'New as ALIAS' });
    // By what they do not share, both are there.
    expect(await lookUp(test, test.at(), ['10', '1'])).toEqual({ 10: 'Old as SID', 1: 'Old as MAPPING_ID' });
  });

  it('that vanished from the listings means the living one as well', async () => {
    const rows: Fields[] = [{ destinationMappingId: 1, sid: 10, traitAlias: 'spring', elementName: 'Old' }];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['spring'])).toEqual({ spring: 'Old as ALIAS' });
    rows[0] = { destinationMappingId: 2, sid: 20, traitAlias: 'spring', elementName: 'New' };
    await test.at().refresh('schedule');
    expect(await lookUp(test, test.at(), ['spring', '10'])).toEqual({
      spring: 'New as ALIAS',
      10: 'Old as SID',
    });
  });

  it('is still found if nothing else has it, and is ambiguous if two deleted ones have it', async () => {
    const deleted = { elementStatus: 'deleted' };
    const rows = [
      { destinationMappingId: 1, sid: 10, traitAlias: 'spring', elementName: 'Old', ...deleted },
      { destinationMappingId: 2, sid: 20, traitAlias: 'autumn', elementName: 'One', ...deleted },
      { destinationMappingId: 3, sid: 30, traitAlias: 'autumn', elementName: 'Two', ...deleted },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    const found = await lookUp(test, test.at(), ['spring', 'autumn']);
    expect(found).toMatchObject({ spring: 'Old as ALIAS' });
    expect(found['autumn']).toMatch(/^AMBIGUOUS: /);
  });

  it('does not make way for another segment that has it as another kind', async () => {
    const rows = [
      { destinationMappingId: 1, sid: 7, elementStatus: 'deleted', elementName: 'Old' },
      { destinationMappingId: 2, sid: 20, traitAlias: '7', elementName: 'New' },
    ];
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'AMBIGUOUS: Old as SID, New as ALIAS' });
  });
});

describe('a row of a trait', () => {
  const rows = [
    {
      destinationMappingId: 1,
      sid: 7,
      traitType: 'RULE_BASED_TRAIT',
      traitAlias: 'rule',
      elementName: 'Rule',
    },
    { destinationMappingId: 2, sid: 8, traitType: 'on_boarded_trait', elementName: 'Onboarded' },
    { destinationMappingId: 3, sid: 8, traitType: 'SEGMENT', elementName: 'Segment' },
    { destinationMappingId: 4, sid: 9, traitType: undefined, elementName: 'Of unsaid type' },
  ];

  it.each(['S2S', 'PULL'])(
    'is listed and marked, and never found by its sid without a stated kind (%s)',
    async (type) => {
      const test = await startDocumented({ fields: { destinationType: type }, rows });
      const { segments } = await test.at().snapshot();
      expect([...segments].map(({ name, isTrait }) => [name, isTrait])).toEqual([
        ['Of unsaid type', false],
        ['Onboarded', true],
        ['Rule', true],
        ['Segment', false],
      ]);
      // The sid of a trait and that of a segment with the same number are not the same.
      expect(await lookUp(test, test.at(), ['7', '8', '9', '1', '2', 'rule'])).toEqual({
        7: 'UNKNOWN',
        8: 'Segment as SID',
        9: 'Of unsaid type as SID',
        1: 'Rule as MAPPING_ID',
        2: 'Onboarded as MAPPING_ID',
        rule: 'Rule as ALIAS',
      });
    },
  );

  it('is found by its sid only if that is stated, where no segment has the number', async () => {
    const test = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    expect(await lookUp(test, test.at(), ['7'], 'SID')).toEqual({ 7: 'Rule as SID' });
    expect(await lookUp(test, test.at(), ['8'], 'SID')).toEqual({
      8: 'AMBIGUOUS: Segment as SID, Onboarded as SID',
    });
  });
});
