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
  const segments = basicSegments(80920, seededRandom(314));
  return [
    {
      id: 314,
      name: 'Acme audience network',
      description: 'Nightly audience build for the spring campaigns.',
      type: 'S2S',
      mappings: createMappings(segments, 14395, (_segment, index) =>
        index % 4 === 0 ? `ACME-${index}` : null,
      ),
    },
    {
      id: 315,
      name: 'Acme onsite retargeting',
      type: 'PUSH',
      mappings: createMappings(segments.slice(0, 40), 20100),
      mappingStyle: { idField: 'traitToDataOrderId', emptyAs: 'empty' },
    },
    {
      id: 316,
      name: 'Acme first-party cookie',
      type: 'ADS',
      status: 1,
      mappings: createMappings(segments.slice(20, 60), 20300, ({ sid }) => `c${sid}`),
      mappingStyle: { aliasField: 'valueAlias', status: 'number' },
    },
    {
      id: 317,
      name: 'Acme CRM onboarding',
      description: 'The partner receives the key that Acme typed, not a number.',
      type: 'S2S',
      mappings: createMappings(segments.slice(0, 80), 20500, aliasOf),
      mappingStyle: { aliasField: 'valueAlias' },
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
      mappings: createMappings(segments, 71_000, ({ sid }, index) => (index % 3 === 0 ? `桜-${sid}` : null)),
    },
    {
      id: 711,
      name: '桜リターゲティング 🌸',
      type: 'ADS',
      mappings: createMappings(segments.slice(0, 12), 71_500),
    },
  ];
}

function hooliDestinations(): SimulatorDestination[] {
  const segments = basicSegments(45_000, seededRandom(800));
  return [
    { id: 800, name: 'Hooli reach', type: 'PUSH', mappings: createMappings(segments.slice(0, 60), 80_000) },
  ];
}

/** Creates one mapping per segment, with consecutive mapping IDs. */
function createMappings(
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

/** An alias such as `cart-abandoners-last-7-days`; `null` if the segment has no name. */
function aliasOf({ name }: SampleSegment): string | null {
  return (
    name
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') ?? null
  );
}
