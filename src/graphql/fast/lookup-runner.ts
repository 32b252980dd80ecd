import type { LimitsConfig, SegmentIdType } from '../../config/index.js';
import type { Destination, IdKinds, Segment, Snapshot } from '../../directory/index.js';
import type { LookupKey } from '../lookups.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { DestinationObject } from '../types/destination.js';
import { UNSUPPORTED, type Variables } from './argument-values.js';
import type { LeafContext } from './leaf-fields.js';
import type { LookupPlan, ParentPart, PlannedField } from './lookup-plan.js';
import { SegmentJsonCache, type FoundJson, type SegmentJson } from './segment-json.js';

/** The snapshot that answers some lookups of a field. */
interface Source {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  readonly kinds: IdKinds;
  readonly json: SegmentJson;
  /** Number of segments that were taken from the snapshot, by the kind of identifier that found them. */
  readonly counts: Map<SegmentIdType, number>;
  /** Those of the segments that get stale at a time of their own. */
  readonly aging: Segment[];
}

type Arguments = Readonly<Record<string, unknown>>;
/** Where a segment is looked for, and as what. */
type Place = Omit<LookupKey, 'segmentId'>;
type SourceOf = (key: Place) => Source | null;

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
      const list = (args['segmentIds'] ?? args['keys']) as readonly unknown[] | undefined;
      const length = list?.length ?? 1;
      ids += length;
      // An empty list counts as one segment, as limits/weigher.ts has it.
      cost += 1 + Math.max(1, length) * field.cost;
      if (ids > this.#limits.ids || cost > this.#limits.cost) return null;
      const text = this.#field(field, args, loader);
      if (text === null) return null;
      texts.push(`${JSON.stringify(field.key)}:${text}`);
    }
    return `{${texts.join(',')}}`;
  }

  #field(field: PlannedField, args: Arguments, loader: DestinationLoader): string | null {
    const sources = new Map<string, Source | null>();
    let last: { readonly key: Place; readonly source: Source | null } | null = null;
    const sourceOf: SourceOf = (key) => {
      // Most keys are of the same destination as the one before them.
      if (last !== null && isSamePlace(last.key, key)) return last.source;
      const { customerId = null, destinationId, idType } = key;
      const text = `${idType ?? ''} ${customerId === null ? '' : `${customerId.length} ${customerId}`} ${destinationId}`;
      let source = sources.get(text);
      if (source === undefined) {
        source = this.#source(field, loader, key);
        sources.set(text, source);
      }
      last = { key, source };
      return source;
    };
    const texts = isByKey(field) ? findByKey(args, sourceOf) : findById(args, sourceOf);
    if (texts === null) return null;
    for (const source of sources.values()) {
      if (source === null) continue;
      const { destination, snapshot, counts, kinds, aging } = source;
      loader.readSet.lookups(destination, snapshot, counts, kinds.isAuto);
      for (const segment of aging) loader.readSet.confirmation(destination, segment);
    }
    return field.name === 'segment' ? (texts[0] ?? null) : `[${texts.join(',')}]`;
  }

  #source(
    { shape }: PlannedField,
    loader: DestinationLoader,
    { customerId, destinationId, idType }: Place,
  ): Source | null {
    const destination = destinationInSight(loader, customerId, destinationId);
    const snapshot = destination?.present() ?? null;
    if (destination === null || snapshot === null) return null;
    const kinds = loader.kinds(destination, idType);
    if (kinds instanceof Promise) {
      // The full path asks again and waits.
      kinds.catch(() => undefined);
      return null;
    }
    // The full path prepares it without delaying others.
    if (!snapshot.isPreparedFor(kinds)) return null;
    const parents = shape.parents.length === 0 ? NO_PARENTS : parentsJson(shape.parents, destination, loader);
    if (parents === null) return null;
    const json = this.#segmentJson.of(destination, snapshot, kinds, shape, parents);
    return { destination, snapshot, kinds, json, counts: new Map(), aging: [] };
  }
}

function isSamePlace(one: Place, other: Place): boolean {
  return (
    one.destinationId === other.destinationId &&
    one.customerId === other.customerId &&
    one.idType === other.idType
  );
}

function isByKey({ name }: PlannedField): boolean {
  return name === 'segmentsByKey' || name === 'lookupSegments';
}

/** @returns `null` where there is none or the full path has to report that there are several */
function destinationInSight(
  loader: DestinationLoader,
  customerId: string | null | undefined,
  destinationId: string,
): Destination | null {
  if (typeof customerId === 'string') return loader.destination(customerId, destinationId);
  const [destination, ...others] = loader.destinationsWithId(destinationId);
  return destination === undefined || others.length > 0 ? null : destination;
}

/** The segments of `segment` and `segments`: one destination, one kind of ID. */
function findById(args: Arguments, sourceOf: SourceOf): string[] | null {
  const { segmentId, segmentIds = [segmentId], ...key } = args;
  const source = sourceOf(key as unknown as Place);
  if (source === null) return null;
  const texts: string[] = [];
  for (const id of segmentIds as readonly string[]) {
    const found = take(source, id);
    if (found === null) return null;
    texts.push(found.json);
  }
  return texts;
}

/** The segments of `segmentsByKey`, or the lookups of `lookupSegments`. */
function findByKey(args: Arguments, sourceOf: SourceOf): string[] | null {
  const texts: string[] = [];
  for (const key of args['keys'] as readonly LookupKey[]) {
    const source = sourceOf(key);
    const found = source === null ? null : take(source, key.segmentId);
    if (found === null) return null;
    texts.push(found.json);
  }
  return texts;
}

/** Takes a segment from a source and counts it. */
function take({ json, counts, aging }: Source, id: string): FoundJson | null {
  const found = json.get(id);
  if (found === null) return null;
  counts.set(found.idType, (counts.get(found.idType) ?? 0) + 1);
  if (found.aging !== null) aging.push(found.aging);
  return found;
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
