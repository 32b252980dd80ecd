import process from 'node:process';
import autocannon from 'autocannon';
import { Client } from './client.mjs';
import { fresheningOf, readLines } from './requests.mjs';
import { paced, quantile } from './statistics.mjs';

/** Loads servers as it is told by the process that started it. */
process.on('disconnect', () => process.exit());
process.on('message', async ({ type, ...order }) => {
  try {
    process.send({ result: type === 'peak' ? await peak(order) : await atRate(order) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});

/** As many requests as so many connections can send, one after the other. */
async function peak({ target, connections, timeout, seconds, offset }) {
  const freshening = fresheningOf(target);
  const requests = readLines(target.file).map((line) => ({ body: freshening?.text(line) ?? line }));
  const { port, headers } = target;
  let clients = 0;
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/graphql`,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    connections,
    timeout,
    duration: seconds,
    sampleInt: 50,
    setupClient: (client) => {
      // Each connection sends requests of its own, so that the same one is not sent by all at once.
      client.setRequests(shareOf(requests, clients++, connections, offset));
      if (freshening !== null) client.on('response', () => freshening.inPlace(nextOf(client).requestBuffer));
    },
  });
  return {
    requests: result['2xx'],
    seconds: result.duration,
    bytes: result.throughput.total,
    failed: result.errors + result.timeouts + result.non2xx,
  };
}

/** Requests at a fixed pace, and how long their answers take. */
async function atRate({ target, rate, seconds, offset }) {
  const lines = readLines(target.file);
  const freshening = fresheningOf(target);
  const client = new Client(target.port, target.headers);
  try {
    const count = Math.max(1, Math.round(rate * seconds));
    const ask = (index) => {
      const line = lines[(index + offset) % lines.length];
      return client.post(freshening === null ? line : freshening.text(line));
    };
    const times = await paced(ask, count, 1_000 / rate);
    return { count, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    client.close();
  }
}

/** What one of several connections sends, from a place on; one request at least. */
function shareOf(requests, connection, connections, offset) {
  const own = requests.filter((_, index) => index % connections === connection);
  if (own.length === 0) own.push(requests[connection % requests.length]);
  const from = offset % own.length;
  return [...own.slice(from), ...own.slice(0, from)].map((request) => ({ ...request }));
}

/** What a connection sends after the answer that has just come. */
function nextOf({ requestIterator: { requests, currentRequestIndex } }) {
  return requests[(currentRequestIndex + 1) % requests.length];
}
