import { segmentGlobalId } from '../../src/graphql/global-ids.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const AT = { customerId: 'acme', destinationId: '314' };
const PLACE = 'customerId: "acme", destinationId: "314"';
const FIELDS = '{ asOf stale }';
const KEYS = ['1001', '1002'].map((id) => `{ ${PLACE}, segmentId: "${id}" }`).join(' ');
const NODES = ['1001', '1002']
  .map((key) => JSON.stringify(segmentGlobalId({ ...AT, key, at: null })))
  .join(' ');

/** The ways to the segments 1001 and 1002 of acme's destination 314. */
export const SEGMENT_SHAPES: readonly (readonly [string, string])[] = [
  [
    'segment',
    `{ a: segment(${PLACE}, segmentId: "1001") ${FIELDS} b: segment(${PLACE}, segmentId: "1002") ${FIELDS} }`,
  ],
  ['segments', `{ segments(${PLACE}, segmentIds: ["1001", "1002"]) ${FIELDS} }`],
  ['segmentsByKey', `{ segmentsByKey(keys: [${KEYS}]) ${FIELDS} }`],
  ['lookupSegments', `{ lookupSegments(keys: [${KEYS}]) { status segment ${FIELDS} } }`],
  ['segmentsById', `{ destination(${PLACE}) { segmentsById(segmentIds: ["1001", "1002"]) ${FIELDS} } }`],
  ['a list', `{ destination(${PLACE}) { segments { nodes ${FIELDS} } } }`],
  ['a search of a list', `{ destination(${PLACE}) { segments(search: "segment") { nodes ${FIELDS} } } }`],
  ['searchSegments', `{ searchSegments(text: "segment") { nodes ${FIELDS} } }`],
  ['nodes', `{ nodes(ids: [${NODES}]) { ... on Segment ${FIELDS} } }`],
];

/** A gateway that read segment 1002 half an hour ago, and could not read its row again just now. */
export async function startKept(): Promise<TestGateway> {
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 2))],
    config: { freshness: { refreshEvery: 0, ttl: '1h' } },
  });
  const refresh = `mutation { refreshDestination(${PLACE}) { sync { status } } }`;
  await gateway.query(refresh);
  gateway.clock.advance(30 * 60_000);
  gateway.simulator.fault({
    action: { kind: 'rows', transform: (rows) => [...rows.slice(0, -1), { destinationMappingId: null }] },
  });
  await gateway.query(refresh);
  return gateway;
}
