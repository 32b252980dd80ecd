import { AudienceManagerSimulator, type SimulatorCustomer } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, runCommand } from './command.js';
import { configTextFor, type FurtherConfig, type TestCustomer } from './gateway.js';

/** A simulator, and a temporary folder with a configuration file for it, to run the program with. */
export class ConfiguredFolder implements AsyncDisposable {
  readonly simulator: AudienceManagerSimulator;
  readonly folder: TemporaryFolder;
  readonly #simulated: readonly SimulatorCustomer[];

  private constructor(
    simulator: AudienceManagerSimulator,
    folder: TemporaryFolder,
    simulated: readonly SimulatorCustomer[],
  ) {
    this.simulator = simulator;
    this.folder = folder;
    this.#simulated = simulated;
  }

  /** Starts the simulator and writes the configuration file: see {@link configure}. */
  static async create(
    simulated: SimulatorCustomer[],
    more: FurtherConfig = {},
    customers?: readonly TestCustomer[],
  ): Promise<ConfiguredFolder> {
    const simulator = await AudienceManagerSimulator.start({ customers: simulated });
    const created = new ConfiguredFolder(simulator, await TemporaryFolder.create(), simulated);
    await created.configure(more, customers);
    return created;
  }

  /** Path of the configuration file. */
  get config(): string {
    return this.folder.pathOf('gateway.yaml');
  }

  /** Writes the configuration file; `customers` default to all simulated ones. */
  async configure(more: FurtherConfig = {}, customers?: readonly TestCustomer[]): Promise<void> {
    const text = configTextFor(this.simulator, this.#simulated, customers, more);
    await this.folder.write('gateway.yaml', text);
  }

  /** Starts `serve` with the configuration file. */
  serve(...options: string[]): RunningCommand {
    return new RunningCommand(['serve', '--config', this.config, ...options]);
  }

  /** Runs a command with the configuration file until it exits. */
  run(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof runCommand> {
    return runCommand([...args, '--config', this.config], env);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
    await this.simulator.stop();
  }
}
