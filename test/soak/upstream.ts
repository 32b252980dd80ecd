import { isUtf8 } from 'node:buffer';
import {
  AudienceManagerSimulator,
  type ActiveFault,
  type Fault,
  type FaultAction,
  type SimulatorCustomer,
} from '../../src/simulator/index.js';
import { passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { Dice } from './dice.js';
import { DestinationTruth } from './truth.js';

/** Page size of the gateways: most destinations need several pages. */
export const PAGE_SIZE = 7;

/** A destination that comes and goes in the configuration. */
export const OPTIONAL_DESTINATION = 4;

/** With what the keys of all that belongs to it begin. */
export const OPTIONAL_KEY = `globex/${OPTIONAL_DESTINATION}`;

/** A customer whose password changes now and then without anybody telling the gateways. */
export const REJECTED_CUSTOMER = 'umbrella';

/** Changes the rows of a page before it is sent. */
type Mischief = 'partial' | 'empty' | 'unreadable' | 'duplicate' | 'wrong total' | 'moves';

const MISCHIEF: readonly (readonly [weight: number, Mischief])[] = [
  [2, 'partial'],
  [1, 'empty'],
  [3, 'unreadable'],
  [1, 'duplicate'],
  [1, 'wrong total'],
  [4, 'moves'],
];

/** A 429 pauses a host for so long at most. */
export const LONGEST_PAUSE_MS = 30_000;

interface Page {
  total: number;
  list: unknown[];
}

/** Forgets faults that did not come to pass. */
const FAULT_LIFETIME_MS = 1_500;

/** The simulated Audience Manager, the truth about its destinations, and what goes wrong with it. */
export class Upstream implements AsyncDisposable {
  readonly simulator: AudienceManagerSimulator;
  readonly destinations: readonly DestinationTruth[];
  readonly customers: readonly SimulatorCustomer[];
  /** By destination, what happens to the next pages. */
  readonly #mischief = new Map<DestinationTruth, Mischief[]>();
  readonly #dice: Dice;
  #placed: { readonly fault: ActiveFault; readonly at: number; readonly kind: string }[] = [];
  /** When faults were placed that answer with 429. */
  readonly #limits: number[] = [];
  #hits = 0;

  private constructor(
    simulator: AudienceManagerSimulator,
    destinations: readonly DestinationTruth[],
    customers: readonly SimulatorCustomer[],
    dice: Dice,
  ) {
    this.simulator = simulator;
    this.destinations = destinations;
    this.customers = customers;
    this.#dice = dice;
    this.#interfere();
  }

  static async start(dice: Dice): Promise<Upstream> {
    const now = Date.now();
    const destinations = [
      new DestinationTruth({ customer: 'acme', id: 1, idType: 'MAPPING_ID', size: 20 }, now),
      new DestinationTruth({ customer: 'acme', id: 2, idType: 'AUTO', size: 6 }, now),
      new DestinationTruth({ customer: 'globex', id: 1, idType: 'SID', size: 12 }, now),
      new DestinationTruth({ customer: 'globex', id: 3, idType: 'MAPPING_ID', size: 45 }, now),
      new DestinationTruth(
        { customer: 'globex', id: OPTIONAL_DESTINATION, idType: 'MAPPING_ID', size: 5 },
        now,
      ),
      new DestinationTruth({ customer: REJECTED_CUSTOMER, id: 6, idType: 'MAPPING_ID', size: 5 }, now),
      new DestinationTruth(
        { customer: 'initech', id: 1, idType: 'MAPPING_ID', size: 6, isAutomatic: false },
        now,
      ),
    ];
    const of = (customer: string) =>
      destinations.filter((each) => each.customer === customer).map(({ simulated }) => simulated);
    const customers = [
      passwordCustomer('acme', ...of('acme')),
      serverToServerCustomer('globex', ...of('globex')),
      passwordCustomer(REJECTED_CUSTOMER, ...of(REJECTED_CUSTOMER)),
    ];
    const simulator = await AudienceManagerSimulator.start({ customers });
    return new Upstream(simulator, destinations, customers, dice);
  }

  /** How many faults have taken effect. */
  get hits(): number {
    return this.#placed.reduce((sum, { fault }) => sum + fault.hits, this.#hits);
  }

  /** Whether one of the calls may have been answered with 429 between these times. */
  wasLimited(from: number, to: number): boolean {
    return this.#limits.some((at) => at + FAULT_LIFETIME_MS >= from && at <= to);
  }

  /** Something else is true from now on. */
  change(dice: Dice): void {
    const automatic = this.destinations.filter(({ isAutomatic }) => isAutomatic);
    dice.pick(automatic).change(dice, Date.now());
  }

  /** Something goes wrong with one of the next calls. */
  goWrong(dice: Dice): void {
    this.#forget(Date.now() - FAULT_LIFETIME_MS);
    const automatic = this.destinations.filter(({ isAutomatic }) => isAutomatic);
    if (dice.chance(0.3)) {
      const destination = dice.pick(automatic);
      const planned = this.#mischief.get(destination) ?? [];
      if (planned.length < 2) this.#mischief.set(destination, [...planned, dice.weighted(MISCHIEF)]);
      return;
    }
    if (dice.chance(0.06)) {
      const customer = dice.pick(['acme', 'globex']);
      if (dice.chance(0.5)) this.simulator.revokeRefreshTokens(customer);
      this.simulator.revokeTokens(customer);
      this.#hits += 1;
      return;
    }
    const where: Omit<Fault, 'action'> = dice.weighted([
      [8, { endpoint: 'mappings' }],
      [4, { endpoint: 'mappings', destinationId: dice.pick(automatic).id }],
      [2, { endpoint: 'mappings', page: dice.between(0, 3) }],
      [1, { endpoint: 'destination' }],
      [1, { endpoint: 'token' }],
    ]);
    const action = actionOf(dice, where.endpoint === 'token');
    // Two of them on one body might make another one of it that is right.
    if (action.kind === 'bytes' && this.#placed.some(({ kind }) => kind === 'bytes')) return;
    const fault = this.simulator.fault({
      ...where,
      times: dice.weighted([
        [5, 1],
        [2, 2],
        [1, 4],
      ]),
      action,
    });
    const at = Date.now();
    this.#placed.push({ fault, at, kind: action.kind });
    if (action.kind === 'status' && action.status === 429) this.#limits.push(at);
  }

  /** Nothing goes wrong any more. */
  calm(): void {
    this.#mischief.clear();
    this.#forget(Infinity);
    this.simulator.resetCalls();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator.stop();
  }

  #forget(before: number): void {
    for (const { fault, at } of this.#placed) {
      if (at >= before) continue;
      this.#hits += fault.hits;
      fault.remove();
    }
    this.#placed = this.#placed.filter(({ at }) => at >= before);
  }

  /** Applies what is planned to every page of mappings. */
  #interfere(): void {
    for (const destination of this.destinations) {
      if (!destination.isAutomatic) continue;
      const { customer, id: destinationId } = destination;
      const transform = (answer: unknown): unknown => {
        const planned = this.#mischief.get(destination)?.shift();
        if (planned === undefined) return answer;
        const now = Date.now();
        for (const segment of destination.segments) segment.spoil(now);
        if (planned === 'moves') destination.change(this.#dice, now);
        return this.#changed(answer, planned);
      };
      this.simulator.fault({
        endpoint: 'mappings',
        customer,
        destinationId,
        action: { kind: 'answer', transform },
      });
    }
  }

  #changed(answer: unknown, mischief: Mischief): unknown {
    this.#hits += 1;
    const rows = rowsOf(answer);
    const index = this.#dice.between(0, Math.max(0, rows.length - 1));
    switch (mischief) {
      case 'moves':
        return answer;
      case 'empty':
        return withRows(answer, [], -(answer as Page).total);
      case 'partial':
        return withRows(answer, rows.toSpliced(index, 2), -rows.slice(index, index + 2).length);
      case 'duplicate':
        return withRows(answer, [...rows, ...rows.slice(index, index + 1)], 1);
      case 'wrong total':
        return withRows(answer, rows, this.#dice.pick([-1, 1, 20]));
      case 'unreadable': {
        const broken = { ...(rows[index] as object), destinationMappingId: null };
        return withRows(answer, rows.length === 0 ? rows : rows.with(index, broken), 0);
      }
    }
  }
}

function rowsOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? (answer as unknown[]) : (answer as Page).list;
}

function withRows(answer: unknown, list: readonly unknown[], more: number): unknown {
  if (Array.isArray(answer)) return list;
  const page = answer as Page;
  return { ...page, total: Math.max(0, page.total + more), list: [...list] };
}

const RETRY_AFTER = ['0', '1', 'soon', '-5', 'Wed, 21 Oct 2015 07:28:00 GMT', '1e9'];

function actionOf(dice: Dice, isToken: boolean): FaultAction {
  return dice.weighted<FaultAction>([
    [6, { kind: 'status', status: dice.pick([500, 502, 503, 503, 504]), html: dice.chance(0.5) }],
    // Rare, because it pauses and slows down all calls to the host.
    [0.3, { kind: 'status', status: 429, retryAfter: dice.pick(RETRY_AFTER) }],
    [isToken ? 0 : 1, { kind: 'status', status: dice.pick([400, 403, 404, 409, 418]) }],
    [3, { kind: 'reset' }],
    [3, { kind: 'truncate' }],
    [1, { kind: 'stall' }],
    [1, { kind: 'hang' }],
    [3, { kind: 'delay', ms: dice.between(20, 250) }],
    [1, { kind: 'delay', ms: dice.between(400, 900) }],
    [2, { kind: 'body', body: dice.pick(['', '{', 'null', '"no"', '{"total":1}', '<html>', '[1,2]']) }],
    [1, { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }],
    // Says UTF-8 and is not.
    [3, { kind: 'bytes', transform: toLatin1 }],
    [2, { kind: 'bytes', transform: withBrokenCharacter }],
    [1, { kind: 'bytes', transform: toLatin1, contentType: 'application/json;charset=ISO-8859-1' }],
  ]);
}

/** The same JSON in ISO 8859-1: what that has no characters for is escaped. */
function toLatin1(json: Buffer): Buffer {
  if (!isUtf8(json)) return json;
  const escape = (text: string): string => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(json.toString().replaceAll(/[^\0-\xff]/g, escape), 'latin1');
}

/** The same JSON with bytes in it that are no character in UTF-8. */
function withBrokenCharacter(json: Buffer): Buffer {
  return Buffer.from(json.toString('latin1').replace('\u00c3\u00a9', '\u00c3('), 'latin1');
}
