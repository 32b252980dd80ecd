import {
  everydaySegments,
  manySegments,
  type SampleSegment,
  seededRandom,
  worldSegments,
} from './sample-segments.js';
import type { SimulatorCustomer, SimulatorDestination, SimulatorMapping } from './types.js';

/** What a gateway is told about a sample customer. */
export interface SampleGatewayCustomer {
  id: string;
  name: string;
  /** Absent: names come by the manual method alone. */
  credentials?:
    | { type: 'password'; username: string; password: string }
    | { type: 'server-to-server'; clientId: string; clientSecret: string; orgId: string };
  destinations: { id: number; name?: string; segmentIdType?: 'SID' | 'ALIAS'; type?: string }[];
}

export interface SampleData {
  /** For the simulator. */
  customers: SimulatorCustomer[];
  /** For the gateway, by the same credentials; those of Hooli are wrong on purpose. */
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

/** Customers worth exploring, the same at every call, each time in objects of their own. */
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
      ],
    },
    {
      id: 'globex',
      name: 'Globex Media',
      credentials: { type: 'server-to-server', ...GLOBEX },
      destinations: [{ id: 566 }, { id: 567 }, { id: 568 }, { id: 569 }, { id: 570 }],
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
  const segments = everydaySegments(80920, seededRandom(314));
  return [
    {
      id: 314,
      name: 'Acme audience network',
      description: 'Nightly audience build for the spring campaigns.',
      type: 'S2S',
      mappings: mapped(segments, 14395, (_segment, index) => (index % 4 === 0 ? `ACME-${index}` : null)),
    },
    {
      id: 315,
      name: 'Acme onsite retargeting',
      type: 'PUSH',
      mappings: mapped(segments.slice(0, 40), 20100),
      rowStyle: { idField: 'traitToDataOrderId', emptyAs: 'empty' },
    },
    {
      id: 316,
      name: 'Acme first-party cookie',
      type: 'ADS',
      status: 1,
      mappings: mapped(segments.slice(20, 60), 20300, ({ sid }) => `c${sid}`),
      rowStyle: { aliasField: 'valueAlias', status: 'number' },
    },
    {
      id: 317,
      name: 'Acme CRM onboarding',
      description: 'The partner receives the key that Acme typed, not a number.',
      type: 'S2S',
      mappings: mapped(segments.slice(0, 80), 20500, aliasOf),
      rowStyle: { aliasField: 'valueAlias' },
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
      mappings: mapped(segments, 600_000),
    },
    {
      id: 567,
      name: 'Globex web analytics',
      type: 'ANALYTICS',
      mappings: mapped(segments.slice(0, 120), 610_000),
      rowStyle: { idField: 'mappingId', status: 'upper' },
    },
    {
      id: 568,
      name: 'Globex people-based',
      type: 'PEOPLE_BASED',
      mappings: mapped(segments.slice(100, 150), 620_000),
    },
    { id: 569, name: 'Globex finance', type: 'S2S', mappings: [], forbidden: true },
    {
      id: 570,
      name: 'Globex edge stream',
      type: 'EDGE_STREAM',
      status: 'inactive',
      mappings: mapped(segments.slice(0, 10), 630_000),
    },
  ];
}

function sakuraDestinations(): SimulatorDestination[] {
  // The same sids as Acme's: a number means nothing without its customer.
  const segments = worldSegments(80920, seededRandom(710));
  return [
    {
      id: 710,
      name: '桜オーディエンス配信',
      description: '広告配信用のオーディエンス',
      type: 'S2S',
      mappings: mapped(segments, 71_000, ({ sid }, index) => (index % 3 === 0 ? `桜-${sid}` : null)),
    },
    {
      id: 711,
      name: '桜リターゲティング 🌸',
      type: 'ADS',
      mappings: mapped(segments.slice(0, 12), 71_500),
    },
  ];
}

function hooliDestinations(): SimulatorDestination[] {
  const segments = everydaySegments(45_000, seededRandom(800));
  return [{ id: 800, name: 'Hooli reach', type: 'PUSH', mappings: mapped(segments.slice(0, 60), 80_000) }];
}

/** Mappings with consecutive IDs, one a segment. */
function mapped(
  segments: readonly SampleSegment[],
  firstMappingId: number,
  alias: (segment: SampleSegment, index: number) => string | null = () => null,
): SimulatorMapping[] {
  return segments.map((segment, index) => ({
    ...segment,
    mappingId: firstMappingId + index,
    alias: alias(segment, index),
  }));
}

/** `cart-abandoners-last-7-days`; none where the segment has no name. */
function aliasOf({ name }: SampleSegment): string | null {
  return (
    name
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') ?? null
  );
}
