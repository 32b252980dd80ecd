/**
 * Has V8 compile the built program in `dist/`, and keeps what it has compiled beside each file: see `CompiledProgram`. V8
 * compiles a function when it is first called, so a gateway is started here, and asked for what another one has stored.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { boundHeapGrowth } from './build/base/heap-growth.js';
import { AudienceManagerSimulator } from './build/simulator/index.js';
import { CompiledProgram } from './dist/compiled-program.js';

const CUSTOMER = { type: 'password', username: 'acme', password: 'acme-password' };
const IDS = Array.from({ length: 100 }, (_, index) => String(index + 1));

/** What a first request may look like: as reports ask, as dashboards do, and a message. */
const REQUESTS = [
  [
    'graphql',
    {
      query: `query Names($ids: [ID!]!) {
        segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { mappingId name }
      }`,
      variables: { ids: IDS },
    },
  ],
  ['graphql', { query: '{ customers { nodes { id name destinations { destinationId name type } } } }' }],
  ['healthz'],
  ['readyz'],
  ['metrics'],
];

/** How long a gateway has to start, in milliseconds. */
const MAX_START_MS = 20_000;

const { files, threads } = JSON.parse(process.argv[2]);
process.env.NODE_ENV = 'production';
// As in main.ts: V8 uses only what was compiled with the same flags.
boundHeapGrowth();

const folder = await mkdtemp(join(tmpdir(), 'aam-gateway-compile-'));
try {
  const mappings = IDS.map((id) => ({
    mappingId: Number(id),
    sid: 1_000 + Number(id),
    name: `Segment ${id}`,
  }));
  const simulator = await AudienceManagerSimulator.start({
    customers: [
      { key: 'acme', ...CUSTOMER, destinations: [{ id: 314, name: 'Ads', type: 'S2S', mappings }] },
    ],
  });
  const port = await freePort();
  const file = join(folder, 'gateway.yaml');
  await writeFile(file, stringify(configOf(simulator, port)));
  const words = ['serve', '--config', file, '--log-level', 'error'];

  const first = spawn(process.execPath, [resolve('dist/main.js'), ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(first, 'exit');
  try {
    await askAll(port);
  } finally {
    first.kill();
    await ended;
  }

  const program = new CompiledProgram(resolve('dist'));
  process.argv.splice(1, process.argv.length, 'aam-gateway', ...words);
  void program.load('commands/program.cjs').run();
  await askAll(port);
  for (const name of files) program.load(name);
  program.saveCompiled();
  for (const name of threads) program.compileOnly(name);
} finally {
  await rm(folder, { recursive: true, force: true });
}
// The gateway has nothing left to store.
process.exit();

function configOf(simulator, port) {
  const { baseUrl, passwordTokenUrl: tokenUrl, partner } = simulator;
  return {
    listen: { port },
    audienceManager: { password: { baseUrl, tokenUrl, ...partner }, callsPerSecond: 0 },
    storage: { sqlite: join(folder, 'gateway.db') },
    customers: [
      {
        id: 'acme',
        name: 'Acme',
        credentials: CUSTOMER,
        destinations: [{ id: 314, segmentIdType: 'MAPPING_ID' }],
      },
    ],
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks as soon as there are answers. @throws if one is an error */
async function askAll(port) {
  const startedAt = performance.now();
  for (const [path, body] of REQUESTS) {
    for (;;) {
      const asked = await globalThis
        .fetch(`http://127.0.0.1:${port}/${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        .catch(() => null);
      const text = (await asked?.text()) ?? 'no answer';
      if (asked?.ok === true && !text.includes('"errors"')) break;
      if (performance.now() - startedAt > MAX_START_MS) throw new Error(`/${path}: ${text}`);
      await sleep(10);
    }
  }
}
