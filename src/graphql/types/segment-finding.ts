import { Arg, Field, Int, ObjectType, Ctx } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { Destination, IdFinding, IdMatch } from '../../directory/index.js';
import { checkFirst, repeatedId } from '../arguments.js';
import type { GatewayContext } from '../request/context.js';
import type { Failure } from '../request/errors.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { DestinationObject } from './destination.js';
import { SegmentIdTypeEnum } from './enums.js';
import { ID } from './id.js';
import { LookupErrorObject } from './segment-lookup.js';
import { SegmentObject, type segmentMapper } from './segment.js';

/** GraphQL type SegmentMatch. */
@ObjectType('SegmentMatch', {
  description: 'A segment that has an ID, in one destination.',
  simpleResolvers: true,
})
class SegmentMatchObject {
  @Field(() => SegmentObject, { description: 'The segment, with its destination and customer.' })
  readonly segment: SegmentObject;

  @Field(() => SegmentIdTypeEnum, {
    description:
      'As what the ID was found; AUTO for a segment that only has a manual entry, whose kind nobody stated.',
  })
  readonly idType: SegmentIdType;

  constructor(segment: SegmentObject, idType: SegmentIdType) {
    this.segment = segment;
    this.idType = idType;
  }
}

/** What `SegmentFindingObject` is made of. */
interface FindingOptions {
  readonly segmentId: string;
  readonly finding: IdFinding;
  /** Why the ID was not looked for; `null` if it was. */
  readonly failure: Failure | null;
  readonly toObject: ReturnType<typeof segmentMapper>;
}

/** GraphQL type SegmentFinding. */
@ObjectType('SegmentFinding', {
  description: 'What an ID is, in all destinations that were looked into.',
})
export class SegmentFindingObject {
  readonly #options: FindingOptions;

  constructor(options: FindingOptions) {
    this.#options = options;
  }

  @Field(() => ID, {
    description: 'The segment ID, as it was asked for; at most its first 1,000 characters.',
    simple: true,
  })
  get segmentId(): string {
    return repeatedId(this.#options.segmentId);
  }

  @Field(() => Int, {
    description:
      'Number of different segments that have the ID. The mappings of one customer with the same sid are one segment, in however many destinations they are. 0: none has it. 1, and `unread` is empty: this is it. 1, and there are destinations in `unread`: one of these may have another segment with the ID. More: the ID alone does not say which one is meant.',
    simple: true,
  })
  get segmentCount(): number {
    return this.#options.finding.segmentCount;
  }

  @Field(() => Int, {
    description: 'Number of matches: one for each destination, and in it for each segment that has the ID.',
    simple: true,
  })
  get matchCount(): number {
    return this.#options.finding.matchCount;
  }

  @Field(() => [SegmentMatchObject], {
    description:
      'The first matches: one of each segment, then further ones of the same segments; in both, segments that are not deleted come first. No more than 100 can be had of an ID, and no more than 10 if very many IDs are asked for.',
  })
  matches(
    @Arg('first', () => Int, { defaultValue: 10, description: 'Maximum number of matches.' }) first: number,
    @Ctx() { limits, loader }: GatewayContext,
  ): readonly ListItem<SegmentMatchObject>[] {
    checkFirst(first, limits);
    const { finding, segmentId, toObject } = this.#options;
    const toMatch = ({ idType, ...located }: IdMatch): SegmentMatchObject =>
      new SegmentMatchObject(toObject({ ...located, askedFor: segmentId, at: null }), idType);
    return loader.lists.spread(finding.matches.slice(0, first).map(toMatch));
  }

  @Field(() => LookupErrorObject, {
    nullable: true,
    description:
      'Why the ID was not looked for, such as BAD_USER_INPUT for one that is empty; null if it was. The other IDs are not affected.',
    simple: true,
  })
  get error(): LookupErrorObject | null {
    const { failure } = this.#options;
    return failure === null ? null : new LookupErrorObject(failure);
  }
}

/** GraphQL type SegmentFindings. */
@ObjectType('SegmentFindings', {
  description: 'What IDs are, in all destinations that were looked into.',
  simpleResolvers: true,
})
export class SegmentFindingsObject {
  readonly #findings: readonly SegmentFindingObject[];
  readonly #unread: readonly Destination[];
  readonly #lists: LongLists;

  constructor(findings: readonly SegmentFindingObject[], unread: readonly Destination[], lists: LongLists) {
    this.#findings = findings;
    this.#unread = unread;
    this.#lists = lists;
  }

  @Field(() => [SegmentFindingObject], { description: 'One for each ID, in the order of `segmentIds`.' })
  get results(): readonly ListItem<SegmentFindingObject>[] {
    return this.#lists.spread(this.#findings);
  }

  @Field(() => [DestinationObject], {
    description:
      'The destinations that could not be looked into for all IDs: because they or their details, on which the kinds of their IDs depend, were not read yet or cannot be read now, because the time of the request was too short, or because very many segments of them have an ID. A few first readings are waited for; the others go on behind the answer. Their `sync` says more.',
  })
  get unread(): readonly ListItem<DestinationObject>[] {
    return this.#lists.spread(this.#unread.map((destination) => new DestinationObject(destination)));
  }
}
