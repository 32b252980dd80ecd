import { createServer } from 'node:http';
import process from 'node:process';
import { URL } from 'node:url';
import { Dataset, destinationKey, segmentKey } from './dataset.mjs';

/** The REST API in front of which Tailcall stands: the same data, an answer a field. */
const dataset = new Dataset(process.argv[2]);
process.on('disconnect', () => process.exit());

const server = createServer(async (request, response) => {
  const body = JSON.stringify(await answer(request));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://upstream');
  const variables = request.method === 'POST' ? JSON.parse(await textOf(request)) : {};
  const { customerId, destinationId } = variables;
  switch (pathname) {
    case '/segment':
      return whole(segmentKey(customerId, destinationId, variables.segmentId));
    case '/segments':
      return variables.segmentIds.map((id) => whole(segmentKey(customerId, destinationId, id)));
    case '/segments-by-key':
      return variables.keys.map((key) => whole(segmentKey(key.customerId, key.destinationId, key.segmentId)));
    case '/destination': {
      const { id, name } = dataset.destination(destinationKey(customerId, destinationId));
      return { id, name, customerId };
    }
    case '/page': {
      const key = destinationKey(searchParams.get('customerId'), searchParams.get('destinationId'));
      const after = searchParams.get('after');
      const first = Number(searchParams.get('first'));
      return dataset.page(dataset.destination(key), first, after === '' ? null : after);
    }
  }
}

/** With what it belongs to, so that no further call is needed. */
function whole(key) {
  const segment = dataset.segment(key);
  if (segment === null) return null;
  const { customerId, destinationId, ...fields } = segment;
  const { id, name } = dataset.destination(destinationKey(customerId, destinationId));
  return { ...fields, destination: { id, name }, customer: dataset.customer(customerId) };
}

async function textOf(stream) {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk;
  return text;
}
