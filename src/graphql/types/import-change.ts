import { Field, Int, ObjectType } from 'type-graphql';
import { mappingIdOf, type ImportChange, type ImportChangeKind } from '../../directory/index.js';
import { ImportChangeKindEnum } from './enums.js';
import { ID } from './id.js';
import { SegmentMetadataObject } from './segment-metadata.js';

/** GraphQL type ImportChange. */
@ObjectType('ImportChange', {
  description: 'What an import changes of one segment.',
  simpleResolvers: true,
})
export class ImportChangeObject {
  readonly #change: ImportChange;

  constructor(change: ImportChange) {
    this.#change = change;
  }

  @Field(() => ImportChangeKindEnum, { description: 'What happens to the segment.' })
  get kind(): ImportChangeKind {
    return this.#change.kind;
  }

  @Field(() => Int, {
    nullable: true,
    description:
      'The line of the file, or the row of the sheet, that changes it; null for a segment that the file does not contain.',
  })
  get line(): number | null {
    return this.#change.line;
  }

  @Field(() => ID, {
    description:
      'The mapping ID of the segment. For a segment that only has a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`.',
  })
  get segmentId(): string {
    return this.#change.to.id;
  }

  @Field(() => ID, {
    nullable: true,
    description:
      'The mapping ID of the segment; null for a segment that only has a manual entry under another identifier.',
  })
  get mappingId(): string | null {
    return mappingIdOf(this.#change.to);
  }

  @Field(() => SegmentMetadataObject, {
    nullable: true,
    description: 'The metadata before; null for a segment that the import creates.',
  })
  get from(): SegmentMetadataObject | null {
    const { from } = this.#change;
    return from === null ? null : new SegmentMetadataObject(from);
  }

  @Field(() => SegmentMetadataObject, { description: 'The metadata after the import.' })
  get to(): SegmentMetadataObject {
    return new SegmentMetadataObject(this.#change.to);
  }
}
