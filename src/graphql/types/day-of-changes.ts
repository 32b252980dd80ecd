import { GraphQLDate } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { DayOfChanges, RevisionKind } from '../../directory/index.js';

/** GraphQL type DayOfChanges. */
@ObjectType('DayOfChanges', {
  description: 'The changes of the segments of a destination on one day, by the time in UTC.',
  simpleResolvers: true,
})
export class DayOfChangesObject {
  readonly #day: DayOfChanges;

  constructor(day: DayOfChanges) {
    this.#day = day;
  }

  @Field(() => GraphQLDate, { description: 'The day.' })
  get date(): Date {
    return new Date(this.#day.start);
  }

  @Field(() => Int, { description: 'Number of segments that the gateway saw for the first time.' })
  get created(): number {
    return this.#count('CREATED');
  }

  @Field(() => Int, { description: 'Number of changes of a name.' })
  get renamed(): number {
    return this.#count('RENAMED');
  }

  @Field(() => Int, { description: 'Number of changes of a description.' })
  get described(): number {
    return this.#count('DESCRIBED');
  }

  @Field(() => Int, { description: 'Number of changes of a status, but not to or from DELETED.' })
  get statusChanged(): number {
    return this.#count('STATUS_CHANGED');
  }

  @Field(() => Int, {
    description: 'Number of segments that were deleted, or that the list of mappings no longer contained.',
  })
  get removed(): number {
    return this.#count('REMOVED');
  }

  @Field(() => Int, { description: 'Number of segments that were mapped again after they were DELETED.' })
  get restored(): number {
    return this.#count('RESTORED');
  }

  @Field(() => Int, { description: 'Number of all changes of the day.' })
  get total(): number {
    return [...this.#day.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  @Field(() => Int, {
    nullable: true,
    description:
      'Number of segments that were not DELETED at the end of the day, or now, if it is today. Counted backwards from now; null for days whose following changes are not all kept.',
  })
  get segmentCount(): number | null {
    return this.#day.segmentCount;
  }

  @Field(() => Boolean, {
    description:
      'Whether all changes of the day are kept. False for days before the history is complete, whose numbers are too low.',
  })
  get isComplete(): boolean {
    return this.#day.isComplete;
  }

  #count(kind: RevisionKind): number {
    return this.#day.counts.get(kind) ?? 0;
  }
}
