import { setTimeout as sleep } from 'node:timers/promises';
import { checkCalm } from './calm.js';
import { ChangePoller } from './change-poller.js';
import { Dice } from './dice.js';
import type { GatewayProcess } from './gateway-process.js';
import { edit, importFile, refresh } from './mutations.js';
import type { SoakOptions } from './options.js';
import { history, list, lookUp, lookUpAnywhere, node, search, type Ask } from './questions.js';
import { OPTIONAL_KEY, REJECTED_CUSTOMER } from './upstream.js';
import { World } from './world.js';

export interface SoakReport {
  readonly steps: number;
  readonly faults: number;
  readonly kills: number;
  readonly stops: number;
  readonly answers: number;
  readonly seconds: number;
  /** What must never happen and did, for people; empty: nothing. */
  readonly violations: string;
}

const QUESTIONS: readonly (readonly [weight: number, ask: Ask])[] = [
  [8, lookUp],
  [3, lookUpAnywhere],
  [3, list],
  [4, search],
  [3, history],
  [2, node],
  [5, refresh],
  [4, edit],
  [1, importFile],
];

/** How often everything is to come right again, in a run. At least at the end. */
const CALMS_PER_FAULTS = 1 / 500;

const MAX_IN_FLIGHT = 24;
const PROGRESS_EVERY_MS = 5_000;

/** A storage that failed is tried again within this time. */
const STORAGE_BACK_MS = 6_000;

/** The longest pause after a first rejected log-in, and some time to log in again. */
const REJECTION_PAUSE_MS = 75_000;

/** Runs gateways against a world in which much goes wrong, and holds their answers against what is true. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  await using world = await World.start(options);
  const run = new Run(world);
  await run.all();
  return run.report();
}

class Run {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #pollers: readonly ChangePoller[];
  readonly #begunAt = Date.now();
  /** Everything under way that is not waited for. */
  readonly #inFlight = new Set<Promise<void>>();
  #kills = 0;
  #stops = 0;
  #otherFaults = 0;
  #isReloading = false;
  /** How often the customer had logged in whose password changes, when it had changed last. */
  #logInsBefore = -1;
  #progressAt = 0;

  constructor(world: World) {
    this.#world = world;
    this.#dice = new Dice(world.options.seed);
    this.#pollers = world.upstream.destinations.map((destination) => new ChangePoller(destination));
  }

  async all(): Promise<void> {
    const { faults, kills, keepGoing } = this.#world.options;
    const calms = Math.max(1, Math.round(faults * CALMS_PER_FAULTS));
    for (let calm = 1; calm <= calms; calm++) {
      const until = { faults: (faults * calm) / calms, kills: Math.round((kills * calm) / calms) };
      while (this.#faults < until.faults || this.#kills < until.kills) {
        await this.#step(until);
        if (!this.#world.violations.isEmpty && !keepGoing) return;
      }
      await this.#calm();
    }
  }

  report(): SoakReport {
    const { step: steps, answers, violations } = this.#world;
    const seconds = Math.round((Date.now() - this.#begunAt) / 1_000);
    return {
      steps,
      faults: this.#faults,
      kills: this.#kills,
      stops: this.#stops,
      answers,
      seconds,
      violations: violations.report(),
    };
  }

  get #faults(): number {
    return this.#world.upstream.hits + this.#otherFaults;
  }

  async #step(until: { readonly faults: number; readonly kills: number }): Promise<void> {
    const world = this.#world;
    const dice = this.#dice.fork();
    world.step += 1;
    this.#showProgress();
    for (let count = dice.between(1, 3); count > 0; count--) world.upstream.change(dice);
    for (let count = dice.between(3, 6); count > 0; count--) world.upstream.goWrong(dice);
    if (dice.chance(0.15)) this.#begin(this.#breakStorage(dice.fork()));
    if (dice.chance(0.02)) this.#begin(this.#reload(dice.chance(0.7)));
    if (dice.chance(0.01)) this.#begin(this.#rejectLogIns());
    for (let count = dice.between(4, 9); count > 0; count--) {
      this.#begin(this.#ask(dice.weighted(QUESTIONS), dice.fork(), dice.between(0, 120)));
    }
    this.#begin(this.#poll(dice.fork()));
    const share = Math.min(1, this.#faults / Math.max(1, until.faults));
    if (this.#kills < until.kills && this.#kills + 1 <= Math.ceil(share * until.kills + 0.5)) {
      this.#begin(this.#end(dice.chance(0.15) ? 'SIGTERM' : 'SIGKILL', dice));
    }
    await sleep(dice.between(40, 120));
    while (this.#inFlight.size > MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
    while (!world.gateways.some(({ isUp }) => isUp)) await sleep(20);
  }

  /** Runs something beside everything else. What is thrown ends the run. */
  #begin(work: Promise<void>): void {
    const done = work.finally(() => this.#inFlight.delete(done));
    this.#inFlight.add(done);
  }

  #someGateway(dice: Dice): GatewayProcess | null {
    const gateway = dice.pick(this.#world.gateways);
    return gateway.isUp ? gateway : null;
  }

  async #ask(question: Ask, dice: Dice, delayMs: number): Promise<void> {
    await sleep(delayMs);
    const gateway = this.#someGateway(dice);
    if (gateway !== null) await question(this.#world, gateway, dice);
  }

  async #poll(dice: Dice): Promise<void> {
    const poller = dice.pick(this.#pollers);
    const gateway = this.#someGateway(dice);
    if (gateway !== null) await poller.poll(this.#world, gateway, dice.between(1, 30));
  }

  async #breakStorage(dice: Dice): Promise<void> {
    const world = this.#world;
    const fault = dice.weighted(world.storage.faults);
    this.#otherFaults += 1;
    const excuse = (): void => {
      const until = Date.now() + STORAGE_BACK_MS;
      world.writesFailUntil = until;
      if (fault.isOutage) world.storageFailsUntil = until;
    };
    excuse();
    await fault.run(dice);
    excuse();
  }

  /** Ends a gateway at some moment of its work, and starts it again. */
  async #end(signal: 'SIGKILL' | 'SIGTERM', dice: Dice): Promise<void> {
    const world = this.#world;
    const index = dice.between(0, world.gateways.length - 1);
    if (signal === 'SIGKILL') this.#kills += 1;
    else this.#stops += 1;
    await sleep(dice.between(0, 150));
    const gateway = world.gateways[index];
    if (gateway?.isUp !== true || this.#isReloading) {
      if (signal === 'SIGKILL') this.#kills -= 1;
      return;
    }
    gateway.kill(signal);
    const { code } = await gateway.ended;
    if (signal === 'SIGTERM' && code !== 0) {
      world.violate(
        'SIGTERM ends a gateway with code 0',
        `gateway ${index}`,
        code,
        gateway.lastLines.slice(-5),
      );
    }
    await world.startGateway(index);
  }

  /** Changes the configuration while everything goes on. */
  async #reload(isGood: boolean): Promise<void> {
    const { configuration, gateways } = this.#world;
    if (this.#isReloading || !gateways.every(({ isUp }) => isUp)) return;
    this.#isReloading = true;
    try {
      if (isGood) await configuration.toggle(gateways);
      else await configuration.spoil(gateways);
      if (!configuration.isOptionalIn) this.#world.floors.forgetMemory(OPTIONAL_KEY);
    } finally {
      this.#isReloading = false;
    }
  }

  /** The password of a customer changes for a moment, and its tokens end. */
  async #rejectLogIns(): Promise<void> {
    const world = this.#world;
    const { simulator } = world.upstream;
    // A second rejection without a log-in between would pause for ten minutes.
    const logIns = simulator.tokensIssued(REJECTED_CUSTOMER).length;
    if (Date.now() < world.rejectedUntil || logIns <= this.#logInsBefore) return;
    world.rejectedUntil = Date.now() + REJECTION_PAUSE_MS;
    simulator.setPassword(REJECTED_CUSTOMER, 'another one');
    simulator.revokeTokens(REJECTED_CUSTOMER);
    simulator.revokeRefreshTokens(REJECTED_CUSTOMER);
    await sleep(3_000);
    const failed = simulator.failedLogIns(REJECTED_CUSTOMER);
    if (failed > 3)
      world.violate('a rejected password is not tried again and again', 'log-ins', failed, null);
    simulator.setPassword(REJECTED_CUSTOMER, `${REJECTED_CUSTOMER}-password`);
    simulator.refuse(REJECTED_CUSTOMER, null);
    this.#logInsBefore = simulator.tokensIssued(REJECTED_CUSTOMER).length;
  }

  /** Lets everything come right again. */
  async #calm(): Promise<void> {
    const { upstream, configuration, gateways } = this.#world;
    await Promise.all(this.#inFlight);
    while (!gateways.every(({ isUp }) => isUp)) await sleep(20);
    upstream.calm();
    if (!configuration.isOptionalIn) await this.#reload(true);
    await checkCalm(this.#world, this.#pollers);
  }

  #showProgress(): void {
    const now = Date.now();
    if (now < this.#progressAt + PROGRESS_EVERY_MS) return;
    this.#progressAt = now;
    const { options, answers, violations } = this.#world;
    options.onProgress(
      `${options.storage}: ${this.#faults} of ${options.faults} faults, ${this.#kills} of ${options.kills} kills, ` +
        `${answers} answers held against the model, ${violations.count} violations`,
    );
  }
}
