import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { SyncError, SyncState, SyncStatus } from '../../directory/index.js';
import { SyncStatusEnum } from './enums.js';

/** GraphQL type SyncError. */
@ObjectType('SyncError', {
  description: 'The error of the last attempt to fetch a destination.',
  simpleResolvers: true,
})
class SyncErrorObject {
  @Field(() => String, { description: 'An error code of this API, such as AAM_FORBIDDEN.' })
  readonly code: string;

  @Field(() => String, { description: 'Description of the error, for people.' })
  readonly message: string;

  @Field(() => GraphQLDateTime, { description: 'When the error occurred.' })
  readonly at: Date;

  constructor(error: SyncError) {
    this.code = error.code;
    this.message = error.message;
    this.at = new Date(error.at);
  }
}

/** GraphQL type SyncState. */
@ObjectType('SyncState', {
  description: 'State of the synchronization of a destination with Audience Manager.',
  simpleResolvers: true,
})
export class SyncStateObject {
  readonly #state: SyncState;

  constructor(state: SyncState) {
    this.#state = state;
  }

  @Field(() => SyncStatusEnum, { description: 'Summary of the state.' })
  get status(): SyncStatus {
    return this.#state.status;
  }

  @Field(() => Int, { description: 'Number of known segments, including deleted ones.' })
  get segmentCount(): number {
    return this.#state.segmentCount;
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the destination was last fetched completely; null: never.',
  })
  get lastSuccessAt(): Date | null {
    return dateOrNull(this.#state.lastSuccessAt);
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the last attempt to fetch the destination started; null: never.',
  })
  get lastAttemptAt(): Date | null {
    return dateOrNull(this.#state.lastAttemptAt);
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the next scheduled refresh is due; null if there is no schedule.',
  })
  get nextAttemptAt(): Date | null {
    return dateOrNull(this.#state.nextAttemptAt);
  }

  @Field(() => SyncErrorObject, {
    nullable: true,
    description: 'Why the last attempt failed; null if it succeeded.',
  })
  get lastError(): SyncErrorObject | null {
    return this.#state.lastError === null ? null : new SyncErrorObject(this.#state.lastError);
  }
}

function dateOrNull(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
