import { equal, match } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { median, paced, quantile, timed } from '../support/statistics.mjs';

export const about = 'Real-time messages of 10 users with 10 segments each, of a destination of 20,000';

const PATH = '/messages/annotate';
const USERS = 10;
const SEGMENTS = 10;
const EVERY_MS = 10;
const ROUNDS = 500;
const UNKNOWN_ROUNDS = 5;

/** Time of an answer: in peace, while the destination is refreshed, and while Audience Manager does not answer. */
export async function measure(engine, { scale, progress }) {
  const size = scale(20_000);
  const customers = benchCustomers(1, size);
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  const config = benchConfig({ database, simulator, customers });
  // Every unknown ID may ask Audience Manager, and a refresh may take as long as a busy machine needs.
  const freshness = { ...config.freshness, newIdInterval: '1ms' };
  const gateway = await spawnGateway({ ...config, freshness, limits: { requestTimeout: '10m' } });
  const client = new Client(gateway.port);
  try {
    const [{ id: customerId, destinations }] = customers;
    const [destination] = destinations;
    const key = { customerId, destinationId: String(destination.id) };
    await client.waitFor(gateway, () => client.names(key, ['1']));
    const all = (await client.ask(IDS, key)).destination.segments.nodes.map(({ mappingId }) => mappingId);
    const messages = Array.from({ length: ROUNDS }, (_, round) => messageOf(destination.id, all, round));
    const text = await client.post(messages[0], PATH);
    equal(text.match(/"Segment_Lookup":"FOUND"/g).length, USERS * SEGMENTS);
    equal(text.replaceAll(/,"Segment_Name":.*?"Segment_Lookup":"FOUND"/g, ''), messages[0]);

    const send = (index) => client.post(messages[index % messages.length], PATH);
    await paced(send, scale(ROUNDS), EVERY_MS);
    const before = await gateway.processorSeconds();
    const quiet = await paced(send, scale(ROUNDS) * 2, EVERY_MS);
    const seconds = (await gateway.processorSeconds()) - before;
    progress('measured in peace');
    let over = false;
    const refreshing = (async () => {
      while (!over) {
        await simulator.rename(2);
        await client.refresh(key);
      }
    })();
    const busy = await paced(send, scale(ROUNDS) * 2, EVERY_MS);
    over = true;
    await refreshing;
    progress('measured while it is refreshed');

    await simulator.hang();
    const late = [];
    for (let round = 0; round < UNKNOWN_ROUNDS; round++) {
      const unknown = messages[round].replace(/"Segment_ID":"\d+"/, `"Segment_ID":"9${size}${round}"`);
      const { result, ms } = await timed(() => client.post(unknown, PATH));
      match(result, /"Segment_Lookup":"UNCHECKED"/);
      equal(result.match(/"Segment_Lookup":"FOUND"/g).length, USERS * SEGMENTS - 1);
      late.push(ms);
    }
    return [
      { what: 'a message, median', unit: 'ms', value: median(quiet), goal: 5 },
      { what: 'a message, p99', unit: 'ms', value: quantile(quiet, 0.99) },
      { what: 'its processor time', unit: 'ms', value: (seconds * 1_000) / quiet.length },
      { what: 'while it is refreshed, median', unit: 'ms', value: median(busy) },
      { what: 'while it is refreshed, p99', unit: 'ms', value: quantile(busy, 0.99) },
      { what: 'an unknown ID, nobody answers, longest', unit: 'ms', value: Math.max(...late), goal: 2_000 },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}

const IDS = `query Ids($customerId: ID!, $destinationId: ID!) {
  destination(customerId: $customerId, destinationId: $destinationId) { segments(first: 1000) { nodes { mappingId } } }
}`;

/** A message whose IDs are spread over all segments. */
function messageOf(destinationId, ids, round) {
  const users = Array.from({ length: USERS }, (_, user) => ({
    AAM_UUID: `1939357236854736935031994941689971${user}`,
    DataPartner_UUID: `${4_250_948_725 + user}`,
    AAM_Regions: ['9'],
    Segments: Array.from({ length: SEGMENTS }, (_, segment) => ({
      Segment_ID: ids[(round * 7_919 + user * 104_729 + segment * 1_299_709) % ids.length],
      Status: '1',
      DateTime: 'Wed Jul 27 16:17:22 UTC 2016',
    })),
  }));
  return JSON.stringify({
    ProcessTime: 'Wed Jul 27 16:17:42 UTC 2016',
    User_DPID: '12345',
    Client_ID: 'acme7',
    AAM_Destination_Id: String(destinationId),
    User_count: String(USERS),
    Users: users,
  });
}
