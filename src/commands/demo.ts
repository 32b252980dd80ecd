import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../config/index.js';
import { Gateway } from '../gateway.js';
import type { SampleOperation } from '../graphql/index.js';
import { AudienceManagerSimulator, sampleCustomers, type SampleGatewayCustomer } from '../simulator/index.js';
import { CommandError } from './command-error.js';
import { onSignals } from './signals.js';
import { startGateway } from './serve.js';

export interface DemoOptions {
  readonly port?: number;
}

const DEFAULT_PORT = 4000;

/** A first query: names of one destination whose IDs are segments' own. */
const FIRST_QUERY =
  '{ segments(customerId: "acme", destinationId: "314", ids: ["80920", "80921", "80922"]) { id sid label status } }';

const SAMPLES: readonly SampleOperation[] = [
  {
    title: 'Names for the IDs of a report, across customers; one key has no segment, one fails',
    document: `query Report {
  segmentsByKey(keys: [
    { customerId: "acme", destinationId: "314", id: "80920" }
    { customerId: "globex", destinationId: "566", id: "600000" }
    { customerId: "sakura", destinationId: "710", id: "80921" }
    { customerId: "acme", destinationId: "314", id: "1" }
    { customerId: "hooli", destinationId: "800", id: "1" }
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
    title: 'Segments by name, over everything; case and accents do not matter',
    document: `query Search {
  searchSegments(text: "cart", first: 5) {
    totalCount
    nodes { id label status description customer { name } destination { id } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    title: 'What there is, and how it stands with Audience Manager',
    document: `query Overview {
  customers {
    nodes {
      name
      destinations {
        id
        name
        type
        segmentIdType
        sync { status segmentCount lastSuccessAt lastError { code message } }
      }
    }
  }
}`,
  },
];

/** The simulator and a gateway in front of it, over real HTTP, until SIGTERM or SIGINT. */
export async function demo(options: DemoOptions, print: (text: string) => void): Promise<void> {
  const { customers, gatewayCustomers } = sampleCustomers();
  const simulator = await AudienceManagerSimulator.start({ customers });
  const folder = await mkdtemp(join(tmpdir(), 'aam-gateway-demo-'));
  const file = join(folder, 'gateway.yaml');
  const cleanUp = async (): Promise<void> => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await writeFile(file, configOf(simulator, gatewayCustomers, options.port ?? DEFAULT_PORT), {
      mode: 0o600,
    });
    const gateway = await start(file, options.port);
    print(banner(gateway.url, simulator.baseUrl, file));
    await onSignals(gateway.logger, {
      stop: async () => {
        await gateway.stop();
      },
    });
  } finally {
    await cleanUp();
  }
}

/** On the usual port; where that is taken and none was asked for, on any. */
async function start(file: string, askedPort: number | undefined): Promise<Gateway> {
  const config = await loadConfig(file);
  const options = { samples: SAMPLES, logLevel: 'warn' } as const;
  try {
    return await startGateway(() => Gateway.start(config, options));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (askedPort !== undefined) {
      throw new CommandError(`Port ${askedPort} cannot be had: choose another --port (0 picks a free one).`);
    }
    return await Gateway.start({ ...config, listen: { ...config.listen, port: 0 } }, options);
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
    },
    storage: { sqlite: 'gateway.db' },
    customers,
  });
}

function banner(url: string, simulatorUrl: string, file: string): string {
  const body = JSON.stringify({ query: FIRST_QUERY });
  const samples = SAMPLES.map(
    (sample, index) => `${index + 1}. ${sample.title}\n\n${sample.document.replaceAll(/^/gm, '     ')}`,
  );
  return `
aam-segment-gateway is running, in front of a simulated Audience Manager.

  GraphQL and Apollo Sandbox   ${url}/graphql
  Audience Manager (simulated) ${simulatorUrl}
  Configuration of this demo   ${file}

Paste this into another terminal:

  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'

See which customers and destinations can be read (hooli's password is wrong, 569 of globex is forbidden):

  node dist/main.js check --config ${file}

Open ${url}/graphql in a browser and try:

  ${samples.join('\n\n  ')}

Ctrl+C ends the demo.
`;
}
