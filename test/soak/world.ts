import { TemporaryFolder } from '../support/command.js';
import type { Occasion } from './checks.js';
import { Configuration } from './configuration.js';
import { Dice } from './dice.js';
import { Floors } from './floors.js';
import { GatewayProcess } from './gateway-process.js';
import type { SegmentPlace } from './names.js';
import type { SoakOptions } from './options.js';
import { createStorage, type SoakStorage } from './storages.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import { Upstream } from './upstream.js';
import { Violations } from './violations.js';

/** A refresh that was asked for may have to wait for another one, and then counts for those who ask after it. */
const REFRESH_LASTS_MS = 30_000;

/** Everything of a run: Audience Manager, a storage, the gateways, and the model of what is true and known. */
export class World implements AsyncDisposable {
  readonly options: SoakOptions;
  readonly upstream: Upstream;
  readonly storage: SoakStorage;
  readonly configuration: Configuration;
  readonly violations: Violations;
  /** How old names, times and counts may be at most. */
  readonly floors = new Floors();
  /** Global IDs that were seen, and what they are of. */
  readonly ids = new Map<
    string,
    { readonly destination: DestinationTruth; readonly segment: SegmentTruth }
  >();
  /** Keys of the destinations of which a listing is stored. */
  readonly stored = new Set<string>();
  /** Since when a gateway has not shown an entry by hand that it should, by gateway and segment. */
  readonly missedEntries = new Map<string, number>();
  /** The step of the run, for reports. */
  step = 0;
  /** Number of answers that were held against the model. */
  answers = 0;
  /** Until when what needs the storage may fail. */
  storageFailsUntil = 0;
  /** Until when what writes to the storage may fail. */
  writesFailUntil = 0;
  /** Until when the gateways do not log in again for the customer whose password changes. */
  rejectedUntil = 0;
  /** When a gateway was last asked to list a destination. */
  readonly #refreshes = new Map<string, number>();
  readonly #folder: TemporaryFolder;
  readonly #gateways: GatewayProcess[] = [];
  #isOver = false;

  private constructor(
    options: SoakOptions,
    upstream: Upstream,
    storage: SoakStorage,
    folder: TemporaryFolder,
  ) {
    this.options = options;
    this.violations = new Violations(options.onProgress);
    this.upstream = upstream;
    this.storage = storage;
    this.#folder = folder;
    this.configuration = new Configuration(folder.path, upstream, storage);
  }

  /** Starts everything, and waits until the gateways listen. */
  static async start(options: SoakOptions): Promise<World> {
    const upstream = await Upstream.start(new Dice(options.seed).fork());
    const folder = await TemporaryFolder.create();
    const storage = await createStorage(options.storage, folder.path);
    const world = new World(options, upstream, storage, folder);
    await world.configuration.write();
    const starts = Array.from({ length: storage.gateways }, (_, index) => world.startGateway(index));
    await Promise.all(starts);
    return world;
  }

  /** By how much the clock of a gateway may be behind, in milliseconds: it asks the server for the time that all share. */
  get clockBehindMs(): number {
    return this.storage.gateways > 1 ? 20 : 0;
  }

  /** The gateways, up or not. */
  get gateways(): readonly GatewayProcess[] {
    return this.#gateways;
  }

  /** Starts a gateway, and waits until it listens. One that ends meanwhile because its storage fails is started again. */
  async startGateway(index: number): Promise<void> {
    for (;;) {
      const gateway = new GatewayProcess(
        index,
        this.configuration.file,
        (line) => this.violate('a gateway logs no defect', `gateway ${index}`, line, null),
        this.options.logs,
      );
      this.#gateways[index] = gateway;
      if (await gateway.listens()) {
        void gateway.ended.then(() => this.#startAgain(gateway));
        return;
      }
      if (this.#isOver) return;
      if (gateway.startedAt > this.writesFailUntil) {
        throw new Error(`Gateway ${index} does not start:\n${gateway.lastLines.join('\n')}`);
      }
    }
  }

  /** Starts a gateway again that has ended by itself. */
  async #startAgain(gateway: GatewayProcess): Promise<void> {
    if (gateway.wasToldToEnd || this.#isOver) return;
    const where = `gateway ${gateway.gateway}`;
    this.violate('a gateway ends only when it is told to', where, gateway.lastLines.slice(-5), null);
    await this.startGateway(gateway.gateway);
  }

  /** @throws if there is none */
  destination({ customer, destination }: Omit<SegmentPlace, 'segment'>): DestinationTruth {
    const found = this.upstream.destinations.find(
      (each) => each.customer === customer && each.id === destination,
    );
    if (found === undefined) throw new Error(`there is no destination ${customer}/${destination}`);
    return found;
  }

  /** A global ID stands for one thing only. */
  remember(id: string, destination: DestinationTruth, segment: SegmentTruth): void {
    const known = this.ids.get(id);
    if (known === undefined) this.ids.set(id, { destination, segment });
    else if (known.segment !== segment) {
      this.violate('a global ID stands for one object', id, segment.key, known.segment.key);
    }
  }

  /** Remembers that a gateway is asked to list a destination. @returns whether it was asked shortly before */
  asksForRefresh(life: GatewayProcess, { key }: DestinationTruth): boolean {
    const now = Date.now();
    const asked = `${life.gateway}/${life.startedAt}/${key}`;
    const last = this.#refreshes.get(asked) ?? -Infinity;
    this.#refreshes.set(asked, now);
    return now - last < REFRESH_LASTS_MS;
  }

  violate(invariant: string, occasion: Occasion | string, answer: unknown, model: unknown): void {
    const where =
      typeof occasion === 'string'
        ? occasion
        : `gateway ${occasion.life.gateway}, ${occasion.what}, asked ${new Date(occasion.from).toISOString()}, answered ${occasion.to - occasion.from} ms later`;
    this.violations.add({ invariant, where, answer, model, step: this.step });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const gateway of this.#gateways) gateway.kill('SIGKILL');
    await Promise.all(this.#gateways.map(({ ended }) => ended));
    await this.upstream[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
