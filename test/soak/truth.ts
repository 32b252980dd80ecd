import type { SimulatorDestination, SimulatorMapping } from '../../src/simulator/index.js';
import type { Dice } from './dice.js';
import { Entry } from './entries.js';
import { listedDescription, listedName, placeText, type SegmentPlace } from './names.js';

/** A version of a segment's name in Audience Manager. Times are milliseconds since the epoch. */
interface Version {
  readonly number: number;
  readonly from: number;
  /** When the next one replaced it; infinite: it is the present one. */
  until: number;
}

/** What is true of a segment: the versions of its name in Audience Manager, and what was entered by hand. */
export class SegmentTruth implements SegmentPlace {
  readonly customer: string;
  readonly destination: number;
  readonly segment: number;
  /** Its key among all segments of the run. */
  readonly key: string;
  readonly entry = new Entry();
  /** The mapping in Audience Manager; `null`: it is not mapped at the moment. */
  mapping: SimulatorMapping | null = null;
  /** Whether an answer has shown its name from Audience Manager. */
  wasSeen = false;
  readonly #versions: Version[] = [];
  /** When a listing may last have missed it. */
  #goneAt = Infinity;

  constructor(place: SegmentPlace) {
    this.customer = place.customer;
    this.destination = place.destination;
    this.segment = place.segment;
    this.key = placeText(place);
  }

  /** The number of the present version; 0 for a segment that Audience Manager has never had. */
  get version(): number {
    return this.#versions.length;
  }

  get sid(): number {
    return sidOf(this.segment);
  }

  /** A version by its number; `undefined` if there has never been one. */
  versionOf(number: number): Version | undefined {
    return this.#versions[number - 1];
  }

  /**
   * The version that any listing has that began then and is complete by now; `null` if one may have missed the segment,
   * because it was not mapped all the time, or was spoilt on its way.
   */
  listedSince(time: number): number | null {
    if (this.mapping === null || this.#goneAt >= time) return null;
    return this.#versions.findLast(({ from }) => from <= time)?.number ?? null;
  }

  /** A page was sent without it, or with something else in its place. */
  spoil(now: number): void {
    this.#goneAt = now;
  }

  map(mapping: SimulatorMapping, now: number): void {
    this.mapping = mapping;
    this.#goneAt = now;
    this.rename(now);
  }

  unmap(now: number): void {
    this.mapping = null;
    this.#goneAt = now;
  }

  /** Gives it the next name. */
  rename(now: number): string {
    const last = this.#versions.at(-1);
    if (last !== undefined) last.until = now;
    this.#versions.push({ number: this.version + 1, from: now, until: Infinity });
    const name = listedName(this, this.version);
    if (this.mapping !== null) {
      this.mapping.name = name;
      this.mapping.description = listedDescription(this.version);
    }
    return name;
  }
}

/** Far from all mapping IDs, so that no ID is both. */
export function sidOf(segment: number): number {
  return segment + 500_000;
}

export interface DestinationSetup {
  readonly customer: string;
  readonly id: number;
  /** As what its IDs are asked for. */
  readonly idType: 'MAPPING_ID' | 'SID' | 'AUTO';
  /** How many segments it has at first. */
  readonly size: number;
  /** Whether Audience Manager has it. Default: true. */
  readonly isAutomatic?: boolean;
}

const FIRST_SEGMENT = 1_001;

/** A destination as Audience Manager has it, which never stands still. */
export class DestinationTruth {
  readonly customer: string;
  readonly id: number;
  readonly idType: DestinationSetup['idType'];
  readonly isAutomatic: boolean;
  readonly simulated: SimulatorDestination;
  readonly #segments = new Map<number, SegmentTruth>();

  constructor({ customer, id, idType, size, isAutomatic = true }: DestinationSetup, now: number) {
    this.customer = customer;
    this.id = id;
    this.idType = idType;
    this.isAutomatic = isAutomatic;
    this.simulated = { id, name: `Destination ${id}`, type: 'S2S', mappings: [] };
    for (let count = 0; count < size; count++) this.#add(now);
  }

  get key(): string {
    return `${this.customer}/${this.id}`;
  }

  get segments(): readonly SegmentTruth[] {
    return [...this.#segments.values()];
  }

  find(segment: number): SegmentTruth | undefined {
    return this.#segments.get(segment);
  }

  /** The ID by which lookups ask for a segment. */
  idOf({ segment, sid }: SegmentTruth, idType: DestinationSetup['idType'] = this.idType): string {
    return String(idType === 'SID' ? sid : segment);
  }

  /** Something changes in Audience Manager. */
  change(dice: Dice, now: number): void {
    const mapped = this.segments.filter(({ mapping }) => mapping !== null);
    const unmapped = this.segments.filter(({ mapping }) => mapping === null);
    const change = dice.weighted<() => void>([
      [8, () => void dice.pick(mapped).rename(now)],
      [2, () => this.#setStatus(dice.pick(mapped), dice.pick(['active', 'inactive']))],
      [mapped.length > 3 ? 1 : 0, () => this.#unmap(dice.pick(mapped), now)],
      [unmapped.length > 0 ? 2 : 0, () => this.#map(dice.pick(unmapped), now)],
      [this.#segments.size < 80 ? 1 : 0, () => this.#add(now)],
    ]);
    change();
  }

  #add(now: number): void {
    const segment = FIRST_SEGMENT + this.#segments.size;
    const added = new SegmentTruth({ customer: this.customer, destination: this.id, segment });
    this.#segments.set(segment, added);
    if (this.isAutomatic) this.#map(added, now);
  }

  #map(segment: SegmentTruth, now: number): void {
    const { segment: mappingId, sid } = segment;
    const mapping: SimulatorMapping = { mappingId, sid, alias: null, status: 'active' };
    segment.map(mapping, now);
    this.simulated.mappings = [...this.simulated.mappings, mapping];
  }

  #unmap(segment: SegmentTruth, now: number): void {
    this.simulated.mappings = this.simulated.mappings.filter((mapping) => mapping !== segment.mapping);
    segment.unmap(now);
    // A listing under way may miss one that moves to a page that was read before.
    for (const each of this.segments) if (each.segment > segment.segment) each.spoil(now);
  }

  #setStatus({ mapping }: SegmentTruth, status: 'active' | 'inactive'): void {
    if (mapping !== null) mapping.status = status;
  }
}
