import {
  basicSegments,
  manySegments,
  multiScriptSegments,
  type SampleSegment,
  seededRandom,
} from './sample-segments.js';
import type { SimulatorCustomer, SimulatorDestination, SimulatorMapping } from './types.js';

/** A sample customer in the configuration of the gateway. */
export interface SampleGatewayCustomer {
  id: string;
  name: string;
  /** Absent for a customer whose names are all set by hand. */
  credentials?:
    | { type: 'password'; username: string; password: string }
    | { type: 'server-to-server'; clientId: string; clientSecret: string; orgId: string };
  /** `segmentIdType` only where a kind is stated; the gateway's default is AUTO. */
  destinations: { id: number; name?: string; segmentIdType?: 'SID' | 'ALIAS'; type?: string }[];
}

/** The sample customers, for both sides. */
interface SampleData {
  /** For the simulator. */
  customers: SimulatorCustomer[];
  /** For the configuration of the gateway, with the same credentials. Those of Hooli are wrong on purpose. */
  gatewayCustomers: SampleGatewayCustomer[];
}

const ACME = { username: 'acme-readonly', password: 'acme-sample-password' };
const SAKURA = { username: 'sakura-readonly', password: 'sakura-sample-password' };
const HOOLI = { username: 'hooli-readonly', password: 'hooli-sample-password' };
const GLOBEX = {
  clientId: 'globex-sample-client',
  clientSecret: 'globex-sample-secret',
  orgId: '53A16ACB5CC1D3760A495C99@AdobeOrg',
};

/** Creates the sample customers. Every call returns the same data in new objects. */
export function sampleCustomers(): SampleData {
  return {
    customers: [
      { key: 'acme', type: 'password', ...ACME, destinations: acmeDestinations() },
      { key: 'globex', type: 'server-to-server', ...GLOBEX, destinations: globexDestinations() },
      { key: 'sakura', type: 'password', ...SAKURA, destinations: sakuraDestinations() },
      { key: 'hooli', type: 'password', ...HOOLI, destinations: hooliDestinations() },
    ],
    gatewayCustomers: gatewayCustomers(),
  };
}

function gatewayCustomers(): SampleGatewayCustomer[] {
  return [
    {
      id: 'acme',
      name: 'Acme Retail',
      credentials: { type: 'password', ...ACME },
      destinations: [
        { id: 314, segmentIdType: 'SID' },
        { id: 315 },
        { id: 316 },
        { id: 317, segmentIdType: 'ALIAS' },
        { id: 318 },
        { id: 319 },
        { id: 320 },
      ],
    },
    {
      id: 'globex',
      name: 'Globex Media',
      credentials: { type: 'server-to-server', ...GLOBEX },
      destinations: [{ id: 566 }, { id: 567 }, { id: 568 }, { id: 569 }, { id: 570 }, { id: 571 }],
    },
    {
      id: 'sakura',
      name: 'Sakura 百貨店',
      credentials: { type: 'password', ...SAKURA },
      destinations: [{ id: 710, segmentIdType: 'SID' }, { id: 711 }],
    },
    {
      id: 'hooli',
      name: 'Hooli',
      credentials: { type: 'password', username: HOOLI.username, password: 'changed-last-week' },
      destinations: [{ id: 800 }],
    },
    {
      id: 'initech',
      name: 'Initech',
      destinations: [{ id: 900, name: 'Initech CRM audiences', type: 'SERVER_TO_SERVER' }],
    },
  ];
}

function acmeDestinations(): SimulatorDestination[] {
  const segments = basicSegments(80920, seededRandom(314));
  return [
    {
      id: 314,
      name: 'Acme audience network',
      description: 'Nightly audience build for the spring campaigns. The data have sids.',
      type: 'S2S',
      outbound: { pidAlias: 'acme7', gzip: true, info: true },
      mappings: createMappings(segments, 14395, (_segment, index) => ({
        alias: index % 4 === 0 ? `ACME-${index}` : null,
      })),
    },
    {
      id: 315,
      name: 'Acme onsite retargeting',
      description: 'Calls an address of its own for each segment.',
      type: 'PUSH',
      mappings: createMappings(segments.slice(0, 40), 20100, (segment, index) => {
        const address = `//ads.example/acme/${slugOf(segment) ?? index}?rnd=%rnd%`;
        return { url: `http:${address}`, secureUrl: `https:${address}` };
      }),
      mappingStyle: { idField: 'traitToDataOrderId', emptyAs: 'empty' },
    },
    {
      id: 316,
      name: 'Acme first-party cookie',
      description: 'A cookie with one key: k=c80940,k=c80941',
      type: 'ADS',
      status: 1,
      formatType: 'single_key',
      singleKey: 'k',
      keySeparator: '=',
      valueSeparator: ',',
      mappings: createMappings(segments.slice(20, 60), 20300, ({ sid }) => ({ value: `c${sid}` })),
      mappingStyle: { status: 'number' },
    },
    {
      id: 317,
      name: 'Acme CRM onboarding',
      description: 'The partner receives the key that Acme typed, not a number.',
      type: 'S2S',
      outbound: { ids: 'alias', template: 'json', message: 'segment', syncType: 's3', pidAlias: '12' },
      mappings: createMappings(segments.slice(0, 80), 20500, (segment) => ({ alias: slugOf(segment) })),
    },
    {
      id: 318,
      name: 'Acme loyalty exchange',
      description: 'Audience Manager fills in the integration codes of the segments.',
      type: 'S2S',
      outbound: { ids: 'alias', template: 'tabs', message: 'mapping', masterDpid: 1159, extension: 'csv' },
      mappingAutoFiller: 'IC',
      mappings: createMappings(segments.slice(60, 90), 20700, (_segment, index) => ({
        alias: `CRM-${4001 + index}`,
      })),
    },
    {
      id: 319,
      name: 'Acme onsite reach',
      description: 'One address for all segments: https://ads.example/send?data=101,102',
      type: 'PUSH',
      serializationEnabled: true,
      urlFormatString: 'http://ads.example/send?data=%ALIAS%',
      secureUrlFormatString: 'https://ads.example/send?data=%ALIAS%',
      delimiter: ',',
      mappings: createMappings(segments.slice(0, 25), 20800, (_segment, index) => ({
        alias: `${101 + index}`,
      })),
      mappingStyle: { idField: 'mappingId' },
    },
    {
      id: 320,
      name: 'Acme site personalisation',
      description: 'A cookie with several keys: audience=7,interest=8',
      type: 'ADS',
      formatType: 'key_value',
      keySeparator: '=',
      valueSeparator: ',',
      mappings: createMappings(segments.slice(0, 24), 20900, (_segment, index) => ({
        alias: index % 2 === 0 ? 'audience' : 'interest',
        value: `${1 + (index >> 1)}`,
      })),
    },
  ];
}

function globexDestinations(): SimulatorDestination[] {
  const segments = manySegments(310_000, seededRandom(566));
  return [
    {
      id: 566,
      name: 'Globex media exchange',
      description: 'Every segment of the account.',
      type: 'S2S',
      outbound: {
        template: 'typed',
        message: 'integers',
        syncType: 'ftp',
        masterDpid: 269,
        gzip: true,
        parts: 2,
        info: true,
      },
      mappings: createMappings(segments, 600_000),
    },
    {
      id: 567,
      name: 'Globex web analytics',
      type: 'ANALYTICS',
      mappings: createMappings(segments.slice(0, 120), 610_000),
      mappingStyle: { idField: 'mappingId', status: 'upper' },
    },
    {
      id: 568,
      name: 'Globex people-based',
      type: 'PEOPLE_BASED',
      mappings: createMappings(segments.slice(100, 150), 620_000),
    },
    { id: 569, name: 'Globex finance', type: 'S2S', mappings: [], forbidden: true },
    {
      id: 570,
      name: 'Globex edge stream',
      type: 'EDGE_STREAM',
      status: 'inactive',
      mappings: createMappings(segments.slice(0, 10), 630_000),
    },
    {
      id: 571,
      name: 'Globex pull feed',
      type: 'PULL',
      mappings: createMappings(segments.slice(150, 170), 640_000),
    },
  ];
}

function sakuraDestinations(): SimulatorDestination[] {
  // The same sids as Acme's, because sids are unique only within a customer.
  const segments = multiScriptSegments(80920, seededRandom(710));
  return [
    {
      id: 710,
      name: '桜オーディエンス配信',
      description: '広告配信用のオーディエンス',
      type: 'S2S',
      outbound: { template: 'spaces', message: 'removed', masterDpid: 20915, info: true },
      mappings: createMappings(segments, 71_000, ({ sid }, index) => ({
        alias: index % 3 === 0 ? `桜-${sid}` : null,
      })),
    },
    {
      id: 711,
      name: '桜リターゲティング 🌸',
      description: 'A serialized cookie: seg=s1#s2',
      type: 'ADS',
      formatType: 'single_key',
      singleKey: 'seg',
      keySeparator: '=',
      valueSeparator: ',',
      serializationEnabled: true,
      serializationSeparator: '#',
      mappings: createMappings(segments.slice(0, 12), 71_500, (_segment, index) => ({
        value: `s${index + 1}`,
      })),
    },
  ];
}

function hooliDestinations(): SimulatorDestination[] {
  const segments = basicSegments(45_000, seededRandom(800));
  return [
    { id: 800, name: 'Hooli reach', type: 'PUSH', mappings: createMappings(segments.slice(0, 60), 80_000) },
  ];
}

/** Creates one mapping per segment, with consecutive mapping IDs. @param more gives its other identifiers */
function createMappings(
  segments: readonly SampleSegment[],
  firstMappingId: number,
  more: (segment: SampleSegment, index: number) => Partial<SimulatorMapping> = () => ({}),
): SimulatorMapping[] {
  return segments.map((segment, index) => ({
    ...segment,
    mappingId: firstMappingId + index,
    alias: null,
    ...more(segment, index),
  }));
}

/** A text such as `cart-abandoners-last-7-days`; `null` if the segment has no name. */
function slugOf({ name }: SampleSegment): string | null {
  return (
    name
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') ?? null
  );
}
