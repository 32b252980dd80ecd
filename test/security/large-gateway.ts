import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { LARGE } from './costly-operations.js';

/** The status of an answer, how long it took in milliseconds, and its text unless that is large. */
export interface Sent {
  readonly status: number;
  readonly ms: number;
  readonly text: string;
}

/** Longer answers are read and dropped. */
const MAX_KEPT_BYTES = 64 * 1024;

/** How long an answer may stay away, in milliseconds. */
const MAX_SILENCE_MS = 30_000;

/** The program as a process of its own, with a destination of 100,000 segments in memory. */
export class LargeGateway implements AsyncDisposable {
  readonly #simulator: AudienceManagerSimulator;
  readonly #folder: TemporaryFolder;
  readonly #command: RunningCommand;
  readonly #origin: string;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(
    simulator: AudienceManagerSimulator,
    folder: TemporaryFolder,
    command: RunningCommand,
    origin: string,
  ) {
    this.#simulator = simulator;
    this.#folder = folder;
    this.#command = command;
    this.#origin = origin;
  }

  static async start(): Promise<LargeGateway> {
    const mappings = Array.from({ length: LARGE.size }, (_, index) => ({
      mappingId: LARGE.firstId + index,
      sid: 500_000 + index,
      name: `Segment ${index} of people who did something ${index % 97}`,
      description: `What segment ${index} is about, in as many words as customers use for that`,
    }));
    const large = { id: Number(LARGE.destinationId), name: 'Large', type: 'S2S' as const, mappings };
    const simulated = [passwordCustomer(LARGE.customerId, large)];
    const simulator = await AudienceManagerSimulator.start({ customers: simulated });
    const folder = await TemporaryFolder.create();
    const config = configTextFor(simulator, simulated, undefined, {
      freshness: { refreshEvery: '0', ttl: '7d', coldTimeout: '2m' },
      limits: { requestsPerMinute: 0 },
    });
    const file = await folder.write('gateway.yaml', config);
    const command = new RunningCommand(['serve', '--config', file]);
    const { origin } = new URL(await command.url());
    const gateway = new LargeGateway(simulator, folder, command, origin);
    await gateway.lookUp();
    return gateway;
  }

  /** Sends an operation. */
  async post(body: unknown): Promise<Sent> {
    return await this.#send('POST', '/graphql', JSON.stringify(body));
  }

  /** Looks one segment up, as another caller would meanwhile. */
  async lookUp(): Promise<Sent> {
    const { customerId, destinationId, firstId } = LARGE;
    const query = `query One($id: ID!) { segment(customerId: "${customerId}", destinationId: "${destinationId}", segmentId: $id) { name } }`;
    const sent = await this.post({ query, variables: { id: String(firstId) } });
    if (!sent.text.includes('"Segment 0 of people')) throw new Error(`no name: ${sent.status} ${sent.text}`);
    return sent;
  }

  async health(): Promise<Sent> {
    return await this.#send('GET', '/healthz');
  }

  /** The longest delay of the gateway's event loop since the last call, in milliseconds. */
  async eventLoopDelay(): Promise<number> {
    const { text } = await this.#send('GET', '/metrics');
    return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]) * 1_000;
  }

  /** Its memory as the system counts it, in bytes; 0 where that cannot be read. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#command.pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#command[Symbol.asyncDispose]();
    await this.#simulator.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  #send(method: string, path: string, body = ''): Promise<Sent> {
    const started = performance.now();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent };
      const outgoing = request(`${this.#origin}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', (data: string) => {
          if (text.length < MAX_KEPT_BYTES) text += data;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, ms: performance.now() - started, text }),
        );
      });
      outgoing.on('error', reject);
      outgoing.setTimeout(MAX_SILENCE_MS, () => outgoing.destroy(new Error('there was no answer in time')));
      outgoing.end(body);
    });
  }
}
