import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../config/index.js';
import { Gateway } from '../gateway.js';
import type { SampleOperation } from '../graphql/index.js';
import { AudienceManagerSimulator, sampleCustomers, type SampleGatewayCustomer } from '../simulator/index.js';
import { CommandError } from './command-error.js';
import { runUntilSignal } from './run-until-signal.js';
import type { Signals } from './signals.js';
import { startGateway } from './start-gateway.js';

/** Flags of `aam-gateway demo`. */
export interface DemoOptions {
  /** Default: 4000, or a free port if 4000 is in use. */
  readonly port?: number;
}

const DEFAULT_PORT = 4000;

/** The first query: the names of three segments. */
const FIRST_QUERY =
  '{ segments(customerId: "acme", destinationId: "314", segmentIds: ["80920", "80921", "80922"]) { mappingId sid label status } }';

/** The destination that the sample file is for; its ID is in the file's name. */
const RECEIVING = { customer: 'acme', destinationId: 314 };

const SAMPLES: readonly SampleOperation[] = [
  {
    title: 'Names for the IDs of a report, across customers (one ID is unknown, one customer fails)',
    document: `query Report {
  segmentsByKey(keys: [
    { customerId: "acme", destinationId: "314", segmentId: "80920" }
    { customerId: "globex", destinationId: "566", segmentId: "600000" }
    { customerId: "sakura", destinationId: "710", segmentId: "80921" }
    { customerId: "acme", destinationId: "314", segmentId: "1" }
    { customerId: "hooli", destinationId: "800", segmentId: "1" }
  ]) {
    id
    label
    status
    asOf
    stale
    destination { name type }
    customer { name }
  }
}`,
  },
  {
    title:
      'The same for programs: what each lookup found out, and as which kind of ID; failures are results too',
    document: `query Lookup {
  lookupSegments(keys: [
    { destinationId: "566", segmentId: "600000" }
    { destinationId: "566", segmentId: "310000" }
    { destinationId: "314", segmentId: "1" }
    { destinationId: "800", segmentId: "1" }
  ]) {
    customerId
    destinationId
    segmentId
    status
    idType
    segment { id label }
    candidates { label mappingId sid alias }
    error { code message }
  }
}`,
  },
  {
    title: 'Search for segments by name, in all customers; case and accents do not matter',
    document: `query Search {
  searchSegments(text: "cart", first: 5) {
    totalCount
    nodes { id label status description customer { name } destination { destinationId } }
    unread { destinationId customer { name } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    title: 'All customers and destinations, what their IDs turned out to be, and when they were last read',
    document: `query Overview {
  viewer { name permissions customerCount }
  customers {
    nodes {
      id
      name
      destinations {
        destinationId
        name
        type
        segmentIdType
        idEvidence { counts { idType count } unknown suggestion }
        sync { status segmentCount lastSuccessAt lastError { code message } }
      }
    }
  }
}`,
  },
];

/** Runs the simulator and a gateway in front of it, until SIGTERM or SIGINT. */
export async function demo(
  options: DemoOptions,
  print: (text: string) => void,
  signals: Signals,
): Promise<void> {
  const { customers, gatewayCustomers } = sampleCustomers();
  const simulator = await AudienceManagerSimulator.start({ customers });
  const folder = await mkdtemp(join(tmpdir(), 'aam-gateway-demo-'));
  const file = join(folder, 'gateway.yaml');
  let cleaning: Promise<void> | undefined;
  const cleanUp = (): Promise<void> =>
    (cleaning ??= simulator.stop().then(() => rm(folder, { recursive: true, force: true })));
  try {
    await writeFile(file, configOf(simulator, gatewayCustomers, options.port ?? DEFAULT_PORT), {
      mode: 0o600,
    });
    const gateway = await start(file, options.port, signals);
    if (gateway === null) return;
    print(banner(gateway.url, simulator.baseUrl, file, await receive(simulator, join(folder, 'received'))));
    const stop = async (): Promise<void> => {
      await gateway.stop();
      // Before the process may end.
      await cleanUp();
    };
    await runUntilSignal(gateway.logger, { stop }, signals);
  } finally {
    await cleanUp();
  }
}

/** Writes a file as a partner receives it, with its list. @returns its path */
async function receive(simulator: AudienceManagerSimulator, folder: string): Promise<string> {
  await mkdir(folder);
  const files = simulator.deliver(RECEIVING.customer, RECEIVING.destinationId);
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
  return join(folder, files[0]?.name ?? '');
}

/**
 * Starts the gateway on the requested port. Without one: on the default port, or on a free port if that is in use.
 *
 * @returns `null` if it was told to stop before
 */
async function start(
  file: string,
  requestedPort: number | undefined,
  signals: Signals,
): Promise<Gateway | null> {
  const config = await loadConfig(file);
  const startOn = (port: number): Promise<Gateway | null> => {
    const listen = { ...config.listen, port };
    return startGateway(
      (signal) => Gateway.start({ ...config, listen }, { samples: SAMPLES, logLevel: 'warn', signal }),
      signals,
      config.shutdown.limitMs,
    );
  };
  try {
    return await startOn(config.listen.port);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (requestedPort !== undefined) {
      throw new CommandError(
        `The demo cannot listen on port ${requestedPort}: choose another --port (0 picks a free one).`,
      );
    }
    return await startOn(0);
  }
}

function configOf(
  simulator: AudienceManagerSimulator,
  customers: readonly SampleGatewayCustomer[],
  port: number,
): string {
  return stringify({
    listen: { port },
    audienceManager: {
      password: { baseUrl: simulator.baseUrl, tokenUrl: simulator.passwordTokenUrl, ...simulator.partner },
      serverToServer: { baseUrl: simulator.baseUrl, tokenUrl: simulator.serverToServerTokenUrl },
      // The simulator needs no mercy, and the first query is to be quick.
      callsPerSecond: 0,
    },
    storage: { sqlite: 'gateway.db' },
    customers,
  });
}

function banner(url: string, simulatorUrl: string, file: string, received: string): string {
  const body = JSON.stringify({ query: FIRST_QUERY });
  const samples = SAMPLES.map(
    ({ title, document }, index) => `${index + 1}. ${title}\n\n${document.replaceAll(/^/gm, '     ')}`,
  );
  return `
aam-segment-gateway is running in front of a simulated Audience Manager.

  The page for people          ${url}
  Explorer of the API          ${url}/explorer
  GraphQL API                  ${url}/graphql
  Simulated Audience Manager   ${simulatorUrl}
  Configuration of this demo   ${file}

Open ${url} in a browser and paste these IDs:

  80920 80921 600000 1

Or send a first query from another terminal:

  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'

Check which customers and destinations can be read. Two failures are intended: the password of hooli is wrong, and
globex may not read destination 569.

  aam-gateway check --config ${file}

(Where it is not installed globally, write "npx aam-segment-gateway" instead of "aam-gateway"; in a clone of the repository,
"node dist/main.js".)

Open ${url}/explorer in a browser and try these queries:

  ${samples.join('\n\n  ')}

Press Ctrl+C to stop the demo. Before, put names to the segments in a file as Audience Manager sends it:

  aam-gateway annotate ${received} --gateway ${url}
`;
}
