import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import type { SimulatorDestination } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type FurtherConfig, type TestCustomer } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';

/** API keys: `one` may see acme, `both` may see acme and globex, `editor` may see and change everything. */
export const KEYS = { one: 'key-of-one', both: 'key-of-both', editor: 'key-of-editor' };

export const ACCESS = {
  apiKeys: [
    entryOf(KEYS.one, 'one', ['acme']),
    entryOf(KEYS.both, 'both', ['acme', 'globex']),
    entryOf(KEYS.editor, 'editor', 'all', ['read', 'refresh', 'import']),
  ],
};

/** Destinations of the kind AUTO, one of each type. Some IDs of the first stand for several segments. */
const AUTO_DESTINATIONS: readonly SimulatorDestination[] = [
  destination(317, 0, {
    mappings: [
      { mappingId: 1, sid: 11, alias: 'one', name: 'One' },
      { mappingId: 2, sid: 1, alias: 'two', name: 'Two' },
      { mappingId: 3, sid: 33, alias: 'two', name: 'Also two' },
      { mappingId: 4, sid: 44, name: null },
      { mappingId: 80, sid: 81, name: 'Eighty' },
      { mappingId: 82, sid: 80, name: 'Eighty-one' },
    ],
  }),
  destination(318, 0, {
    type: 'PUSH',
    serializationEnabled: true,
    urlFormatString: 'https://p.example/send?data=%ALIAS%',
    delimiter: ',',
    mappings: [
      { mappingId: 1, sid: 51, alias: '123', name: 'By alias' },
      { mappingId: 2, sid: 52, alias: 'https', name: null },
      { mappingId: 3, sid: 55, name: null },
      { mappingId: 4, sid: 53, alias: '124', name: 'First of two' },
      { mappingId: 5, sid: 54, alias: '124', name: 'Second of two' },
    ],
  }),
  destination(319, 0, {
    type: 'PUSH',
    serializationEnabled: false,
    mappings: [
      { mappingId: 1, sid: 51, url: 'https://p.example/a?r=%rnd%', name: null },
      { mappingId: 2, sid: 52, url: 'https://p.example/b', name: 'By address' },
      { mappingId: 3, sid: 53, secureUrl: 'https://p.example/c', name: 'By secure address' },
    ],
  }),
  destination(320, 0, {
    type: 'ADS',
    formatType: 'single_key',
    singleKey: 'k',
    mappings: [
      { mappingId: 1, sid: 51, value: '123', name: 'By value' },
      { mappingId: 2, sid: 52, value: '124', name: null },
      { mappingId: 3, sid: 53, value: '125', alias: 'x', name: null },
    ],
  }),
  destination(321, 0, {
    type: 'ADS',
    formatType: 'KEY_VALUE',
    keySeparator: '=',
    valueSeparator: ',',
    mappings: [
      { mappingId: 1, sid: 51, alias: 'type', value: '123', name: 'By key and value' },
      { mappingId: 2, sid: 52, alias: 'type', value: '124', name: null },
      { mappingId: 3, sid: 53, alias: 'color', value: '7', name: 'Seven' },
    ],
  }),
  destination(322, 0, {
    type: 'SOMETHING NEW',
    mappings: [
      { mappingId: 1, sid: 11, name: null },
      { mappingId: 2, sid: 1, alias: 'x', name: 'By alias' },
      { mappingId: 3, sid: 13, value: 'y', url: 'https://p.example/a?r=%rnd%', name: null },
    ],
  }),
];

/** Two customers, whose segments have names and texts of many kinds. */
export const simulatedCustomers = (): ReturnType<typeof passwordCustomer>[] => [
  passwordCustomer(
    'acme',
    destination(314, 0, {
      mappings: Array.from({ length: 30 }, (_, index) => ({
        mappingId: 1001 + index,
        sid: 5001 + index,
        ...(index % 3 === 0 ? { alias: `alias-${index}` } : {}),
        name: index % 4 === 0 ? `Säule "${index}" 東京 \\ \u2028` : `Segment ${index}`,
        description: index % 5 === 0 ? '' : `About ${index}`,
        ...(index % 7 === 0 ? { startDate: '2026-01-01', endDate: '2026-12-31' } : {}),
      })),
    }),
    destination(315, 5),
    destination(316, 0, {
      mappings: [1, 2, 12].map((mappingId) => ({
        mappingId,
        alias: `alias\t${mappingId}`,
        name: `Segment ${mappingId}`,
      })),
    }),
    ...structuredClone(AUTO_DESTINATIONS),
  ),
  passwordCustomer('globex', destination(314, 30), destination(323, 30)),
];

/** Both customers as they are configured. */
const CONFIGURED: readonly TestCustomer[] = simulatedCustomers().map(({ key, destinations }) => ({
  id: key,
  destinations: destinations.map(({ id }) => ({ id, segmentIdType: id < 317 ? 'MAPPING_ID' : 'AUTO' })),
}));

/** Starts a gateway in front of these customers. Segments do not change by themselves. */
export async function startGateway(config: FurtherConfig = {}): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: simulatedCustomers(),
    customers: CONFIGURED,
    config: { access: ACCESS, freshness: { refreshEvery: '0' }, ...config },
  });
}

/** Lists all destinations, so that no later lookup has to wait. */
export async function warmUp(gateway: TestGateway): Promise<void> {
  const query =
    '{ customers { nodes { destinations { id name type description active segments { totalCount } } } } }';
  await send(gateway, { query });
}

export interface RawResponse {
  readonly status: number;
  /** All headers but `x-request-id` and `date`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends a body to an address. The fast path takes only `/graphql`, so `/graphql?full` is the full path. */
async function sendTo(url: string, body: unknown, key: string): Promise<RawResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

/** Sends a body; the fast path may answer. */
export async function send(gateway: TestGateway, body: unknown, key = KEYS.both): Promise<RawResponse> {
  return await sendTo(gateway.url, body, key);
}

/** Sends a body on the full path. */
export async function sendFull(gateway: TestGateway, body: unknown, key = KEYS.both): Promise<RawResponse> {
  return await sendTo(`${gateway.url}?full`, body, key);
}

/** Number of responses of the fast path: `repeated` from the response cache, `segments` from lookup plans. */
export async function fastResponses(gateway: TestGateway, kind?: 'repeated' | 'segments'): Promise<number> {
  if (kind === undefined) {
    return (await fastResponses(gateway, 'repeated')) + (await fastResponses(gateway, 'segments'));
  }
  return await gateway.metric(`aam_gateway_quick_answers_total{kind="${kind}"}`);
}

/** A lookup of two segments. */
export const NAMES = {
  query:
    'query Names($ids: [ID!]!) { segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { id mappingId name stale asOf destination { name } customer { name } } }',
  variables: { ids: ['1001', '1002'] },
};

/** Sends a body until the response comes from the response cache. */
export async function untilCached(
  gateway: TestGateway,
  body: unknown = NAMES,
  key = KEYS.both,
): Promise<RawResponse> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await fastResponses(gateway, 'repeated');
    const response = await send(gateway, body, key);
    if ((await fastResponses(gateway, 'repeated')) > before) return response;
  }
  throw new Error('the response is never cached');
}

/** Calls back with each Fastify instance right after Fastify has created it, until disposed. */
export function onFastify(callback: (server: FastifyInstance) => void): Disposable {
  const channel = 'fastify.initialization';
  const onMessage = (message: unknown): void => callback((message as { fastify: FastifyInstance }).fastify);
  subscribe(channel, onMessage);
  return {
    [Symbol.dispose]: () => {
      unsubscribe(channel, onMessage);
    },
  };
}
