import process from 'node:process';
import 'reflect-metadata';
import { parseConfig } from '../../build/config/index.js';
import { kindsFor } from '../../build/directory/snapshot/id-kinds.js';
import { closeParts, openParts } from '../../build/gateway-parts.js';

/** Loads everything that is stored as lookups do, and prints what the heap has grown by. */
const { config, firstIds, firstSids } = JSON.parse(process.argv[2]);

const used = () => {
  for (let round = 0; round < 4; round++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const parts = await openParts(parseConfig(config, { file: '/gateway.yaml', env: {} }), {
  logLevel: 'silent',
});
const destinations = [...parts.directory.customers.values()].flatMap((customer) => [
  ...customer.destinations.values(),
]);
// One is read and let go, so that what a first reading compiles and opens is not counted.
await parts.storage.read({ customerId: destinations[0].customerId, destinationId: destinations[0].id });

const empty = used();
const snapshots = await Promise.all(destinations.map((destination) => destination.snapshot()));
const byId = used();
const found = snapshots.map((snapshot, index) => snapshot.find(firstIds[index]));
const findFirst = (segmentIdType) => {
  const kinds = kindsFor({ type: 'SERVER_TO_SERVER', segmentIdType }, null);
  return snapshots.map((snapshot, index) => {
    const [match, ...others] = snapshot.identify(firstSids[index], kinds);
    return match === undefined || others.length > 0 ? undefined : snapshot.segments.at(match.index);
  });
};
const foundBySid = findFirst('SID');
const bySid = used();
const foundByAuto = findFirst('AUTO');
const byAuto = used();
const segments = snapshots.reduce((sum, snapshot) => sum + snapshot.segments.length, 0);
const estimate = snapshots.reduce((sum, snapshot) => sum + snapshot.bytes, 0);
await closeParts(parts);
process.stdout.write(
  JSON.stringify({
    segments,
    found: found.filter((segment, index) => {
      const ids = [segment, foundBySid[index], foundByAuto[index]].map((one) => one?.id);
      return ids.every((id) => id === firstIds[index]);
    }).length,
    byId: byId - empty,
    bySid: bySid - empty,
    byAuto: byAuto - empty,
    estimate,
  }),
);
