import { mkdir, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { DeliveriesReport } from '../../src/commands/deliveries-report.js';
import type { DeliveryOptions, OutboundFormat, SimulatorCustomer } from '../../src/simulator/index.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';
import { runInProcess, type CommandResult } from './in-process.js';

export const HOUR_MS = 3_600_000;
/** How the destination 314 of acme is sent to. */
export const FORMAT: OutboundFormat = { gzip: true, parts: 2, info: true };

const simulated = (): SimulatorCustomer[] => [
  passwordCustomer('acme', destination(314, 9, { outbound: FORMAT }), destination(315, 4, { outbound: {} })),
  serverToServerCustomer('globex', destination(314, 3), destination(566, 5)),
];
const CUSTOMERS: TestCustomer[] = [
  { id: 'acme', destinations: [{ id: 314 }, { id: 315 }, { id: 400 }] },
  { id: 'globex', destinations: [{ id: 314 }, { id: 566 }] },
  { id: 'initech', credentials: null, destinations: [{ id: 900 }] },
];

/** A configured gateway, and a folder with what has arrived. */
export class DeliveriesPlace implements AsyncDisposable {
  readonly configured: ConfiguredFolder;

  private constructor(configured: ConfiguredFolder) {
    this.configured = configured;
  }

  static async create(): Promise<DeliveriesPlace> {
    const place = new DeliveriesPlace(await ConfiguredFolder.create(simulated(), {}, CUSTOMERS));
    await mkdir(place.pathOf(''));
    return place;
  }

  pathOf(name: string): string {
    return this.configured.folder.pathOf(`in/${name}`);
  }

  /** Has a delivery sent, and arrive. @returns the names of the files, without the time */
  async receive(
    hoursAgo: number,
    options: DeliveryOptions = {},
    customer = 'acme',
    id = 314,
  ): Promise<string[]> {
    const at = Date.now() - hoursAgo * HOUR_MS;
    const files = this.configured.simulator.deliver(customer, id, { ...options, at });
    for (const { name, bytes } of files) await writeFile(this.pathOf(name), bytes);
    return files.map(({ name }) => name);
  }

  async run(...flags: string[]): Promise<CommandResult> {
    return await this.runIn(this.pathOf(''), ...flags);
  }

  async runIn(folder: string, ...flags: string[]): Promise<CommandResult> {
    return await runInProcess(['deliveries', folder, ...flags, '--config', this.configured.config]);
  }

  async report(...flags: string[]): Promise<DeliveriesReport> {
    const scope = flags.includes('--destination') ? [] : ['--destination', '314', '--customer', 'acme'];
    const { stdout, stderr } = await this.run(...scope, '--json', ...flags);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as DeliveriesReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.configured[Symbol.asyncDispose]();
  }
}
