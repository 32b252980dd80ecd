import type { LimitsConfig, SegmentIdType } from '../../config/index.js';
import type { Destination, Snapshot } from '../../directory/index.js';
import type { LookupKey } from '../lookups.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { DestinationObject } from '../types/destination.js';
import { UNSUPPORTED, type Variables } from './argument-values.js';
import type { LeafContext } from './leaf-fields.js';
import type { LookupPlan, ParentPart, PlannedField } from './lookup-plan.js';
import { SegmentJsonCache, type SegmentJson } from './segment-json.js';

/** The snapshot that answers some lookups of a field. */
interface Source {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  readonly json: SegmentJson;
  /** Number of segments that were taken from the snapshot. */
  count: number;
}

type Arguments = Readonly<Record<string, unknown>>;
type SourceOf = (customerId: string, destinationId: string, idType: SegmentIdType | null) => Source | null;

const NO_PARENTS: readonly string[] = [];

/** Answers lookup plans from segment JSON, synchronously. */
export class LookupRunner {
  readonly #limits: Pick<LimitsConfig, 'ids' | 'cost'>;
  readonly #segmentJson = new SegmentJsonCache();

  constructor(limits: Pick<LimitsConfig, 'ids' | 'cost'>) {
    this.#limits = limits;
  }

  /**
   * Runs a plan. `loader.readSet` notes what the result was computed from.
   *
   * @returns the JSON text of the response's `data`; `null` where the full path has to answer: a limit is exceeded, a
   *   segment is not found, something has to be waited for, or an error has to be reported
   */
  run({ fields }: LookupPlan, variables: Variables, loader: DestinationLoader): string | null {
    let ids = 0;
    let cost = 0;
    const texts: string[] = [];
    for (const field of fields) {
      const args: Record<string, unknown> = {};
      for (const [name, source] of field.args) {
        const value = source(variables);
        if (value === UNSUPPORTED) return null;
        args[name] = value;
      }
      if (args['at'] !== undefined && args['at'] !== null) return null;
      const list = (args['ids'] ?? args['keys']) as readonly unknown[] | undefined;
      const length = list?.length ?? 1;
      ids += length;
      cost += 1 + length * field.cost;
      if (ids > this.#limits.ids || cost > this.#limits.cost) return null;
      const text = this.#field(field, args, loader);
      if (text === null) return null;
      texts.push(`${JSON.stringify(field.key)}:${text}`);
    }
    return `{${texts.join(',')}}`;
  }

  #field(field: PlannedField, args: Arguments, loader: DestinationLoader): string | null {
    const sources = new Map<string, Source | null>();
    const sourceOf: SourceOf = (customerId, destinationId, idType) => {
      const key = `${idType} ${customerId.length} ${customerId} ${destinationId}`;
      let source = sources.get(key);
      if (source === undefined) {
        source = this.#source(field, loader, customerId, destinationId, idType);
        sources.set(key, source);
      }
      return source;
    };
    const segments = field.name === 'segmentsByKey' ? findByKey(args, sourceOf) : findById(args, sourceOf);
    if (segments === null) return null;
    for (const source of sources.values()) {
      if (source !== null) loader.readSet.snapshot(source.destination, source.snapshot, source.count);
    }
    return field.name === 'segment' ? (segments[0] ?? null) : `[${segments.join(',')}]`;
  }

  #source(
    { shape }: PlannedField,
    loader: DestinationLoader,
    customerId: string,
    destinationId: string,
    idType: SegmentIdType | null,
  ): Source | null {
    const destination = loader.destination(customerId, destinationId);
    const snapshot = destination?.present() ?? null;
    if (destination === null || snapshot === null) return null;
    loader.readSet.snapshot(destination, snapshot);
    const parents = shape.parents.length === 0 ? NO_PARENTS : parentsJson(shape.parents, destination, loader);
    if (parents === null) return null;
    const type = idType ?? destination.settings.segmentIdType;
    const json = this.#segmentJson.of(destination, snapshot, type, shape, parents);
    return { destination, snapshot, json, count: 0 };
  }
}

/** Segments of `segment` and `segments`: one destination, one kind of ID. */
function findById(args: Arguments, sourceOf: SourceOf): string[] | null {
  const { customerId, destinationId, idType = null, id, ids = [id] } = args;
  const source = sourceOf(customerId as string, destinationId as string, idType as SegmentIdType | null);
  if (source === null) return null;
  const segments: string[] = [];
  for (const each of ids as readonly string[]) {
    const json = source.json.get(each);
    if (json === null) return null;
    segments.push(json);
  }
  source.count += segments.length;
  return segments;
}

/** Segments of `segmentsByKey`. */
function findByKey(args: Arguments, sourceOf: SourceOf): string[] | null {
  const segments: string[] = [];
  for (const { customerId, destinationId, id, idType = null } of args['keys'] as readonly LookupKey[]) {
    const source = sourceOf(customerId, destinationId, idType);
    const json = source === null ? null : source.json.get(id);
    if (source === null || json === null) return null;
    source.count += 1;
    segments.push(json);
  }
  return segments;
}

/** The JSON of a segment's destination and customer; `null` where a value has to be waited for. */
function parentsJson(
  parents: readonly ParentPart[],
  destination: Destination,
  loader: DestinationLoader,
): string[] | null {
  const destinationObject = new DestinationObject(destination);
  const context = detailsInMemory(loader);
  const texts: string[] = [];
  for (const { parent, fields } of parents) {
    const object = parent === 'destination' ? destinationObject : destinationObject.customer;
    const pairs: string[] = [];
    for (const { key, leaf } of fields) {
      const value = leaf.json(object, context);
      if (value === null) return null;
      pairs.push(`${JSON.stringify(key)}:${value}`);
    }
    texts.push(`{${pairs.join(',')}}`);
  }
  return texts;
}

/**
 * Gives resolvers the details of destinations that are in memory. Reading others from Audience Manager is left to the
 * full path: the fast path would start a call that nobody needs if it finds no segment afterwards.
 */
function detailsInMemory(loader: DestinationLoader): LeafContext {
  const details: DestinationLoader['details'] = (destination) =>
    destination.details.isKnown ? loader.details(destination) : new Promise<never>(() => undefined);
  return { loader: { details } };
}
