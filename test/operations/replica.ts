import { performance } from 'node:perf_hooks';
import type { AudienceManagerSimulator, SimulatorCustomer } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { configTextFor, type FurtherConfig } from '../support/gateway.js';

/** One of several gateways: a process that can be restarted on the same port. */
export class Replica implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TemporaryFolder;
  #process: RunningCommand;

  private constructor(port: number, folder: TemporaryFolder) {
    this.port = port;
    this.#folder = folder;
    this.#process = this.#start();
  }

  /** Starts a gateway, and waits until it answers. */
  static async start(
    port: number,
    simulator: AudienceManagerSimulator,
    customers: readonly SimulatorCustomer[],
    config: FurtherConfig,
  ): Promise<Replica> {
    const folder = await TemporaryFolder.create();
    const listen = { ...config['listen'], port };
    await folder.write('gateway.yaml', configTextFor(simulator, customers, undefined, { ...config, listen }));
    const replica = new Replica(port, folder);
    await replica.#process.url();
    return replica;
  }

  get process(): RunningCommand {
    return this.#process;
  }

  /** Stops the process as an orchestrator does, and starts it again. @returns how long the stop took, in milliseconds */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    const before = performance.now();
    this.#process.kill(signal);
    const { code } = await this.#process.exit;
    const ms = performance.now() - before;
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`exit code ${code}:\n${this.#process.stderr}`);
    this.#process = this.#start();
    await this.#process.url();
    return ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  #start(): RunningCommand {
    return new RunningCommand(['serve', '--config', this.#folder.pathOf('gateway.yaml')]);
  }
}
