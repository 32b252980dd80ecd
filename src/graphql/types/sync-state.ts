import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { SyncError, SyncState, SyncStatus } from '../../directory/index.js';
import { SyncStatusEnum } from './enums.js';

/** Why the last attempt to read a destination failed. */
@ObjectType('SyncError', {
  description: 'Why the last attempt to read a destination failed.',
  simpleResolvers: true,
})
export class SyncErrorObject {
  @Field(() => String, { description: 'One of the error codes of this API, such as AAM_FORBIDDEN.' })
  readonly code: string;

  @Field(() => String, { description: 'What happened, for a person.' })
  readonly message: string;

  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  readonly at: Date;

  constructor(error: SyncError) {
    this.code = error.code;
    this.message = error.message;
    this.at = new Date(error.at);
  }
}

/** How a destination stands with its source. */
@ObjectType('SyncState', { description: 'How a destination stands with its source.', simpleResolvers: true })
export class SyncStateObject {
  readonly #state: SyncState;

  constructor(state: SyncState) {
    this.#state = state;
  }

  @Field(() => SyncStatusEnum, { description: 'The state in one word.' })
  get status(): SyncStatus {
    return this.#state.status;
  }

  @Field(() => Int, { description: 'How many segments are known, deleted ones included.' })
  get segmentCount(): number {
    return this.#state.segmentCount;
  }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was last read completely.' })
  get lastSuccessAt(): Date | null {
    return dateOrNull(this.#state.lastSuccessAt);
  }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When reading it was last begun.' })
  get lastAttemptAt(): Date | null {
    return dateOrNull(this.#state.lastAttemptAt);
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When it is next read by itself; null where that happens on demand only.',
  })
  get nextAttemptAt(): Date | null {
    return dateOrNull(this.#state.nextAttemptAt);
  }

  @Field(() => SyncErrorObject, {
    nullable: true,
    description: 'Why the last attempt failed; null when it did not.',
  })
  get lastError(): SyncErrorObject | null {
    return this.#state.lastError === null ? null : new SyncErrorObject(this.#state.lastError);
  }
}

function dateOrNull(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
