import { Field, ObjectType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { LookupStatus, Segment } from '../../directory/index.js';
import { repeatedId } from '../arguments.js';
import type { FoundSegment, KeyOutcome } from '../lookups.js';
import type { Failure } from '../request/errors.js';
import { LookupStatusEnum, SegmentIdTypeEnum } from './enums.js';
import { ID } from './id.js';
import { SegmentObject } from './segment.js';

/** GraphQL type LookupError. */
@ObjectType('LookupError', { description: 'Why the lookup of a key failed.', simpleResolvers: true })
export class LookupErrorObject {
  @Field(() => String, {
    description: 'An error code of this API, such as NOT_FOUND or AAM_FORBIDDEN.',
  })
  readonly code: string;

  @Field(() => String, { description: 'Description of the error, for people.' })
  readonly message: string;

  constructor({ code, message }: Failure) {
    this.code = code;
    this.message = message;
  }
}

/** Creates the GraphQL object of a segment. */
type ToObject = (found: FoundSegment) => SegmentObject;

/** GraphQL type SegmentLookup. */
@ObjectType('SegmentLookup', {
  description: 'What the lookup of one key found out.',
  simpleResolvers: true,
})
export class SegmentLookupObject {
  readonly #outcome: KeyOutcome;
  readonly #failure: Failure | null;
  readonly #at: number | null;
  readonly #toObject: ToObject;

  /**
   * @param failure what the client is told of the error in `outcome`; `null` if there is none
   * @param at the moment that was asked for, in milliseconds since the epoch; `null`: now
   */
  constructor(outcome: KeyOutcome, failure: Failure | null, at: number | null, toObject: ToObject) {
    this.#outcome = outcome;
    this.#failure = failure;
    this.#at = at;
    this.#toObject = toObject;
  }

  @Field(() => ID, {
    nullable: true,
    description:
      "The customer's ID in this gateway, also where the key has none; null if there is no such destination.",
  })
  get customerId(): string | null {
    return this.#outcome.destination?.customerId ?? null;
  }

  @Field(() => ID, {
    description:
      "The destination's ID in Audience Manager, as in the key; at most its first 1,000 characters.",
  })
  get destinationId(): string {
    return repeatedId(this.#outcome.key.destinationId);
  }

  @Field(() => ID, { description: 'The segment ID, as in the key; at most its first 1,000 characters.' })
  get segmentId(): string {
    return repeatedId(this.#outcome.key.segmentId);
  }

  @Field(() => LookupStatusEnum, { description: 'What the lookup found out.' })
  get status(): LookupStatus | 'FAILED' {
    const { found } = this.#outcome;
    return found instanceof Error || this.#failure !== null ? 'FAILED' : found.status;
  }

  @Field(() => SegmentIdTypeEnum, {
    nullable: true,
    description:
      'As what the ID was found; AUTO for a segment that only has a manual entry, whose kind nobody stated; null if it was not found.',
  })
  get idType(): SegmentIdType | null {
    const { found } = this.#outcome;
    return found instanceof Error || found.status !== 'FOUND' ? null : found.idType;
  }

  @Field(() => SegmentObject, {
    nullable: true,
    description: 'The segment; null unless `status` is FOUND.',
  })
  get segment(): SegmentObject | null {
    const { found } = this.#outcome;
    return found instanceof Error || found.status !== 'FOUND' ? null : this.#object(found.segment);
  }

  @Field(() => [SegmentObject], {
    description: 'The segments that the ID may stand for, if `status` is AMBIGUOUS; else none.',
  })
  get candidates(): SegmentObject[] {
    const { found } = this.#outcome;
    if (found instanceof Error || this.#failure !== null || found.status !== 'AMBIGUOUS') return [];
    return found.candidates.map(({ segment }) => this.#object(segment));
  }

  @Field(() => LookupErrorObject, {
    nullable: true,
    description: 'Why the lookup failed; null unless `status` is FAILED.',
  })
  get error(): LookupErrorObject | null {
    return this.#failure === null ? null : new LookupErrorObject(this.#failure);
  }

  #object(segment: Segment): SegmentObject {
    const { destination, asOf, key } = this.#outcome;
    if (destination === null) throw new Error('a segment was found without a destination');
    return this.#toObject({ segment, destination, asOf, askedFor: key.segmentId, at: this.#at });
  }
}
