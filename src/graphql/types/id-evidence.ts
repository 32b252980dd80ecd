import { Field, Int, ObjectType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { IdEvidence } from '../../directory/index.js';
import { SegmentIdTypeEnum } from './enums.js';

/** GraphQL type IdCount. */
@ObjectType('IdCount', {
  description: 'Number of lookups whose ID was of one kind.',
  simpleResolvers: true,
})
class IdCountObject {
  @Field(() => SegmentIdTypeEnum, {
    description:
      'The kind as which the ID was found. AUTO: it only has a manual entry, whose kind nobody stated.',
  })
  readonly idType: SegmentIdType;

  @Field(() => Int, { description: 'Number of lookups.' })
  readonly count: number;

  constructor({ idType, count }: { readonly idType: SegmentIdType; readonly count: number }) {
    this.idType = idType;
    this.count = count;
  }
}

/** GraphQL type IdEvidence. */
@ObjectType('IdEvidence', {
  description:
    'What the IDs of a destination turned out to be, counted over all lookups under AUTO since this gateway started.',
  simpleResolvers: true,
})
export class IdEvidenceObject {
  readonly #evidence: IdEvidence;

  constructor(evidence: IdEvidence) {
    this.#evidence = evidence;
  }

  @Field(() => [IdCountObject], { description: 'The lookups that found a segment, by the kind of their ID.' })
  get counts(): IdCountObject[] {
    return this.#evidence.counts.map((count) => new IdCountObject(count));
  }

  @Field(() => Int, { description: 'Number of lookups whose ID was ambiguous.' })
  get ambiguous(): number {
    return this.#evidence.ambiguous;
  }

  @Field(() => Int, { description: 'Number of lookups that found no segment.' })
  get unknown(): number {
    return this.#evidence.unknown;
  }

  @Field(() => SegmentIdTypeEnum, {
    nullable: true,
    description:
      "What to configure as the destination's `segmentIdType`; null while the evidence is not clear.",
  })
  get suggestion(): SegmentIdType | null {
    return this.#evidence.suggestion;
  }
}
