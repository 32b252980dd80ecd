import { Directive, Field, ObjectType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import { keyResult, lookUpKeys, type LookupKey, type LookupOptions } from '../lookups.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { RequestMemo } from '../request/memo.js';
import { AtArg, IdTypeArg } from './arguments.js';
import { ID } from './id.js';
import { segmentMapper, SegmentObject } from './segment.js';

/** A segment as the data of another team name it. */
export interface ReferenceKey extends LookupKey {
  readonly customerId: string;
}

/** How the references of a list are looked up. */
type ReferenceOptions = Required<LookupOptions>;

/** A segment; `null` if there is none; an error that concerns one reference only. */
type ReferenceResult = SegmentObject | Error | null;

/** Looks up what the references of one list stand for, all of them when the first is asked for. */
export class ReferenceLookups {
  readonly #loader: DestinationLoader;
  readonly #keys: readonly ReferenceKey[];
  readonly #nameOf: (index: number) => string;
  readonly #memo: RequestMemo;

  /** @param nameOf the name of a key in error messages, by its index */
  constructor(loader: DestinationLoader, keys: readonly ReferenceKey[], nameOf: (index: number) => string) {
    this.#loader = loader;
    this.#keys = keys;
    this.#nameOf = nameOf;
    this.#memo = new RequestMemo(loader.lists);
  }

  /** @param index of the key @throws GraphQLError, DirectoryError */
  async segment(index: number, options: ReferenceOptions): Promise<SegmentObject | null> {
    const results = await this.#memo.once([options], () => this.#lookUp(options));
    const result = results[index] ?? null;
    if (result instanceof Error) throw result;
    return result;
  }

  async #lookUp({ idType, at }: ReferenceOptions): Promise<ReferenceResult[]> {
    const keys = this.#keys.map((key) => ({ ...key, idType: idType ?? key.idType }));
    const outcomes = await lookUpKeys(this.#loader, keys, at, this.#nameOf);
    const toObject = segmentMapper();
    return outcomes.map((outcome) => {
      const result = keyResult(outcome, at);
      return result === null || result instanceof Error ? result : toObject(result);
    });
  }
}

/** GraphQL type SegmentReference. It says what a router has sent, whether or not there is such a segment. Its IDs are well-formed. */
@Directive('@key(fields: "customerId destinationId segmentId")')
@ObjectType('SegmentReference', {
  description:
    'A segment as the data of others name it. In a federated graph, the rows of other subgraphs refer to segments with it.',
  simpleResolvers: true,
})
export class SegmentReferenceObject {
  readonly #key: ReferenceKey;
  readonly #index: number;
  readonly #lookups: ReferenceLookups;

  /** @param index of the key among those of `lookups` */
  constructor(key: ReferenceKey, index: number, lookups: ReferenceLookups) {
    this.#key = key;
    this.#index = index;
    this.#lookups = lookups;
  }

  @Field(() => ID, { description: "The customer's ID in this gateway." })
  get customerId(): string {
    return this.#key.customerId;
  }

  @Field(() => ID, { description: "The destination's ID in Audience Manager." })
  get destinationId(): string {
    return this.#key.destinationId;
  }

  @Field(() => ID, { description: 'The segment ID, as it appears in the data.' })
  get segmentId(): string {
    return this.#key.segmentId;
  }

  @Field(() => SegmentObject, {
    nullable: true,
    simple: false,
    description:
      'The segment; null if the destination has no such segment. What goes wrong with one reference is null and has an error with its path; the others are not affected.',
  })
  async segment(
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
  ): Promise<SegmentObject | null> {
    return await this.#lookups.segment(this.#index, { idType, at });
  }
}
