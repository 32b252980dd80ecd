import type { IdentifierType } from '../../../src/segments/index.js';
import type { Documented } from './documented.js';

/** A destination of one kind, and what IDs are in it. */
export interface DestinationCase extends Documented {
  /** The destination, as the name of the test says it. */
  readonly destination: string;
  /** What IDs are without a stated kind, by ID. */
  readonly auto: Readonly<Record<string, string>>;
  /** The names of IDs of a stated kind; all other kinds find none of them. */
  readonly stated?: Partial<Record<IdentifierType, Readonly<Record<string, string>>>>;
}

/** Two segments of a server-to-server destination; the sids of one look like mapping IDs of others elsewhere. */
const SERVER_ROWS = [
  { destinationMappingId: 14395, sid: 80920, elementName: 'Loyal' },
  { destinationMappingId: 14396, sid: 80921, elementName: 'New' },
];

/** The rows of a cookie destination with several keys. */
const KEYED_ROWS = [
  { destinationMappingId: 1, sid: 11, traitAlias: 'type', valueAlias: '123', elementName: 'Sedan' },
  { destinationMappingId: 2, sid: 12, traitAlias: 'type', valueAlias: '124', elementName: 'Truck' },
  { destinationMappingId: 3, sid: 13, traitAlias: 'color', valueAlias: '123', elementName: 'Red' },
];

/** The rows of a URL destination that is not serialized. */
const URL_ROWS = [
  {
    destinationMappingId: 1,
    sid: 11,
    elementName: 'Plain',
    url: 'http://p.example/px?seg=plain',
    secureUrl: 'https://p.example/px?seg=plain',
  },
  {
    destinationMappingId: 2,
    sid: 12,
    elementName: 'Macros',
    url: 'http://p.example/px?seg=macros&r=%rnd%&d=%did%',
    secureUrl: 'https://s.example/px?seg=macros&r=%rnd%',
  },
  {
    destinationMappingId: 3,
    sid: 13,
    elementName: 'Alias',
    traitAlias: 'abc',
    url: 'http://p.example/a?seg=%ALIAS%&t=%timestamp%',
    secureUrl: null,
  },
  {
    destinationMappingId: 4,
    sid: 14,
    elementName: 'No alias',
    url: null,
    secureUrl: 'https://p.example/a?seg=%alias%',
  },
];

/** The kinds of destinations, with their rows as Audience Manager documents them. */
export const CASES: readonly DestinationCase[] = [
  {
    destination: 'server-to-server, whose data have the sid',
    fields: { destinationType: 'S2S', mappingAutoFiller: 'NONE' },
    rows: SERVER_ROWS,
    auto: { 80920: 'Loyal as SID', 80921: 'New as SID', 99: 'UNKNOWN' },
    stated: { SID: { 80920: 'Loyal', 80921: 'New' }, MAPPING_ID: { 14395: 'Loyal' } },
  },
  {
    destination: 'server-to-server with an older template, whose data have the mapping ID',
    fields: { destinationType: 'S2S' },
    rows: SERVER_ROWS,
    auto: { 14395: 'Loyal as MAPPING_ID', 14396: 'New as MAPPING_ID' },
    stated: { MAPPING_ID: { 14395: 'Loyal', 14396: 'New' } },
  },
  ...['mappingId', 'traitToDataOrderId'].map((field): DestinationCase => ({
    destination: `server-to-server that spells the mapping ID ${field}`,
    fields: { destinationType: 's2s' },
    rows: [{ [field]: 14395, sid: 80920, elementName: 'Loyal' }],
    auto: { 14395: 'Loyal as MAPPING_ID', 80920: 'Loyal as SID' },
    stated: { MAPPING_ID: { 14395: 'Loyal' }, SID: { 80920: 'Loyal' } },
  })),
  {
    destination: 'server-to-server, whose customer types an alias',
    fields: { destinationType: 'S2S', mappingAutoFiller: 'NONE' },
    rows: [
      { destinationMappingId: 14395, sid: 80920, traitAlias: 'loyal-7', elementName: 'Loyal' },
      { destinationMappingId: 14396, sid: 80921, traitAlias: '', elementName: 'New' },
    ],
    auto: { 'loyal-7': 'Loyal as ALIAS', 80920: 'Loyal as SID', 80921: 'New as SID', '': 'UNKNOWN' },
    stated: { ALIAS: { 'loyal-7': 'Loyal' }, SID: { 80920: 'Loyal', 80921: 'New' } },
  },
  {
    destination: 'server-to-server, whose aliases Audience Manager fills with the sid',
    fields: { destinationType: 'S2S', mappingAutoFiller: 'SID' },
    rows: SERVER_ROWS.map((row) => ({ ...row, traitAlias: String(row.sid) })),
    // Mapping IDs are sent by old templates alone.
    auto: { 80920: 'Loyal as SID', 80921: 'New as SID', 14395: 'UNKNOWN' },
    stated: { SID: { 80920: 'Loyal' }, ALIAS: { 80920: 'Loyal' }, MAPPING_ID: { 14395: 'Loyal' } },
  },
  {
    destination: 'server-to-server, whose aliases Audience Manager fills with the integration code',
    fields: { destinationType: 'S2S', mappingAutoFiller: 'IC' },
    rows: SERVER_ROWS.map((row, index) => ({ ...row, traitAlias: `crm-${index}` })),
    auto: { 'crm-0': 'Loyal as ALIAS', 'crm-1': 'New as ALIAS', 80921: 'New as SID', 14396: 'UNKNOWN' },
    stated: { ALIAS: { 'crm-0': 'Loyal' }, SID: { 80921: 'New' }, MAPPING_ID: { 14396: 'New' } },
  },
  {
    destination: 'URL, serialized',
    fields: {
      destinationType: 'PUSH',
      serializationEnabled: true,
      urlFormatString: 'http://p.example/send?data=%ALIAS%',
      secureUrlFormatString: 'https://p.example/send?data=%ALIAS%',
      delimiter: ',',
    },
    rows: [
      {
        destinationMappingId: 1,
        sid: 11,
        traitAlias: '123',
        url: '123',
        secureUrl: '123',
        elementName: 'Alias',
      },
      { destinationMappingId: 2, sid: 12, traitAlias: null, elementName: 'No alias' },
    ],
    // Where there is no alias, the segment's ID is sent in its place.
    auto: { 123: 'Alias as ALIAS', 12: 'No alias as SID', 11: 'UNKNOWN', 1: 'UNKNOWN' },
    stated: {
      ALIAS: { 123: 'Alias' },
      SID: { 11: 'Alias', 12: 'No alias' },
      MAPPING_ID: { 1: 'Alias' },
      URL: { 123: 'Alias' },
    },
  },
  {
    destination: 'URL, serialized only according to its address',
    fields: { destinationType: 'PUSH', urlFormatString: 'http://p.example/send?data=%alias%' },
    rows: [{ destinationMappingId: 1, sid: 11, traitAlias: '123', url: '123', elementName: 'Alias' }],
    auto: { 123: 'Alias as ALIAS', 11: 'UNKNOWN', 1: 'UNKNOWN' },
    stated: {
      ALIAS: { 123: 'Alias' },
      SID: { 11: 'Alias' },
      MAPPING_ID: { 1: 'Alias' },
      URL: { 123: 'Alias' },
    },
  },
  {
    destination: 'URL, not serialized',
    fields: { destinationType: 'PUSH', serializationEnabled: false },
    rows: URL_ROWS,
    auto: {
      'http://p.example/px?seg=plain': 'Plain as URL',
      'https://p.example/px?seg=plain': 'Plain as URL',
      'http://p.example/px?seg=macros&r=123&d=38': 'Macros as URL',
      'https://s.example/px?seg=macros&r=': 'Macros as URL',
      'http://p.example/a?seg=abc&t=1790000000': 'Alias as URL',
      'https://p.example/a?seg=14': 'No alias as URL',
      'http://p.example/px?seg=other&r=123&d=38': 'UNKNOWN',
      'http://p.example/a?seg=14&t=1790000000': 'UNKNOWN',
      // What a macro for the alias stands for may also be taken out of the address.
      abc: 'Alias as ALIAS',
      14: 'No alias as SID',
      // Neither is in any address.
      13: 'UNKNOWN',
      11: 'UNKNOWN',
      1: 'UNKNOWN',
    },
    stated: {
      URL: {
        'http://p.example/px?seg=plain': 'Plain',
        'https://s.example/px?seg=macros&r=7': 'Macros',
        'http://p.example/a?seg=abc&t=1': 'Alias',
        'https://p.example/a?seg=14': 'No alias',
      },
      ALIAS: { abc: 'Alias' },
      SID: { 14: 'No alias', 13: 'Alias', 11: 'Plain' },
      MAPPING_ID: { 1: 'Plain' },
    },
  },
  {
    destination: 'URL, of which Audience Manager does not say whether it is serialized',
    fields: { destinationType: 'URL' },
    rows: [...URL_ROWS, { destinationMappingId: 5, sid: 15, traitAlias: '123', elementName: 'Serialized' }],
    auto: {
      'http://p.example/px?seg=plain': 'Plain as URL',
      123: 'Serialized as ALIAS',
      abc: 'Alias as ALIAS',
      11: 'Plain as SID',
      13: 'UNKNOWN',
      5: 'UNKNOWN',
    },
  },
  {
    destination: 'cookie with one key',
    fields: {
      destinationType: 'ADS',
      formatType: 'single_key',
      singleKey: 'k',
      keySeparator: '=',
      valueSeparator: ',',
      serializationEnabled: false,
    },
    rows: [
      { destinationMappingId: 1, sid: 11, valueAlias: '123', elementName: 'Sedan' },
      { destinationMappingId: 2, sid: 12, valueAlias: '124', elementName: 'Truck' },
    ],
    auto: {
      123: 'Sedan as VALUE',
      124: 'Truck as VALUE',
      'k=123': 'Sedan as KEY_VALUE',
      'j=123': 'UNKNOWN',
      11: 'UNKNOWN',
      1: 'UNKNOWN',
    },
    stated: {
      VALUE: { 123: 'Sedan', 124: 'Truck' },
      KEY_VALUE: { 'k=123': 'Sedan' },
      SID: { 11: 'Sedan' },
      MAPPING_ID: { 1: 'Sedan' },
    },
  },
  {
    destination: 'cookie with one key, serialized, of whose values each is an ID',
    fields: {
      destinationType: 'Ads',
      formatType: 'SINGLE_KEY',
      singleKey: 'k',
      keySeparator: '=',
      serializationEnabled: true,
      serializationSeparator: '#',
    },
    rows: [
      { destinationMappingId: 1, sid: 11, valueAlias: '123', elementName: 'Sedan' },
      { destinationMappingId: 2, sid: 12, valueAlias: '124', elementName: 'Truck' },
    ],
    auto: {
      123: 'Sedan as VALUE',
      124: 'Truck as VALUE',
      'k=124': 'Truck as KEY_VALUE',
      '123#124': 'UNKNOWN',
    },
    stated: { VALUE: { 123: 'Sedan', 124: 'Truck' }, KEY_VALUE: { 'k=124': 'Truck' } },
  },
  {
    destination: 'cookie with several keys and a separator of its own',
    fields: { destinationType: 'ADS', formatType: 'key_value', keySeparator: ':', valueSeparator: '|' },
    rows: KEYED_ROWS,
    auto: {
      'type:123': 'Sedan as KEY_VALUE',
      'type:124': 'Truck as KEY_VALUE',
      'color:123': 'Red as KEY_VALUE',
      'type=123': 'UNKNOWN',
      123: 'UNKNOWN',
      type: 'UNKNOWN',
      11: 'UNKNOWN',
    },
    stated: {
      KEY_VALUE: { 'type:123': 'Sedan', 'color:123': 'Red' },
      VALUE: { 124: 'Truck' },
      ALIAS: { color: 'Red' },
      SID: { 11: 'Sedan' },
    },
  },
  {
    destination: 'cookie with several keys, serialized, of whose values each is an ID with its key',
    fields: {
      destinationType: 'ADS',
      formatType: 'KEY_VALUE',
      keySeparator: null,
      serializationEnabled: true,
      serializationSeparator: '#',
    },
    rows: KEYED_ROWS,
    auto: { 'type=123': 'Sedan as KEY_VALUE', 'type=124': 'Truck as KEY_VALUE', 'type=123#124': 'UNKNOWN' },
    stated: { KEY_VALUE: { 'type=123': 'Sedan', 'type=124': 'Truck' } },
  },
  ...['SOMETHING NEW', 'PULL', 'PEOPLE_BASED', 'Adobe Analytics', null].map(
    (destinationType): DestinationCase => ({
      destination: `of another type (${destinationType}), so that any kind may be meant`,
      fields: { destinationType },
      rows: [
        {
          destinationMappingId: 14395,
          sid: 80920,
          traitAlias: 'loyal',
          valueAlias: 'v7',
          url: 'http://p.example/?r=%rnd%',
          elementName: 'Loyal',
        },
        { destinationMappingId: 14396, sid: 80921, elementName: 'New' },
      ],
      auto: {
        80921: 'New as SID',
        80920: 'Loyal as SID',
        14395: 'Loyal as MAPPING_ID',
        loyal: 'Loyal as ALIAS',
        v7: 'Loyal as VALUE',
        'loyal=v7': 'Loyal as KEY_VALUE',
        'http://p.example/?r=5': 'Loyal as URL',
        7: 'UNKNOWN',
      },
      stated: {
        SID: { 80920: 'Loyal' },
        MAPPING_ID: { 14395: 'Loyal' },
        ALIAS: { loyal: 'Loyal' },
        VALUE: { v7: 'Loyal' },
        KEY_VALUE: { 'loyal=v7': 'Loyal' },
        URL: { 'http://p.example/?r=5': 'Loyal' },
      },
    }),
  ),
];
