import { Field, Int, ObjectType } from 'type-graphql';
import type { ImportOutcome } from '../../directory/index.js';

/** GraphQL type ImportMistake. */
@ObjectType('ImportMistake', {
  description: 'A mistake in a row of the file. The row cannot be imported.',
  simpleResolvers: true,
})
class ImportMistakeObject {
  @Field(() => Int, { description: 'Number of the line on which the row begins; the first line is 1.' })
  readonly line: number;

  @Field(() => String, { description: 'What is wrong with the row, and how to correct it.' })
  readonly reason: string;

  constructor(mistake: { readonly line: number; readonly reason: string }) {
    this.line = mistake.line;
    this.reason = mistake.reason;
  }
}

/** Maximum number of mistakes in a response. `rejected` counts all rejected rows. */
const MAX_MISTAKES = 1_000;

/** GraphQL type ImportResult. */
@ObjectType('ImportResult', {
  description: 'Result of an import; in a dry run, the result that the import would have.',
  simpleResolvers: true,
})
export class ImportResultObject {
  readonly #outcome: ImportOutcome;

  constructor(outcome: ImportOutcome) {
    this.#outcome = outcome;
  }

  @Field(() => Boolean, {
    description:
      'Whether the changes were saved. False in a dry run, and if rows were rejected and `skipBad` was not set.',
  })
  get applied(): boolean {
    return this.#outcome.applied;
  }

  @Field(() => Int, { description: 'Number of new segments.' })
  get created(): number {
    return this.#outcome.created;
  }

  @Field(() => Int, { description: 'Number of segments whose name changed.' })
  get renamed(): number {
    return this.#outcome.renamed;
  }

  @Field(() => Int, {
    description: 'Number of segments whose description, status or source changed, but not the name.',
  })
  get updated(): number {
    return this.#outcome.updated;
  }

  @Field(() => Int, { description: 'Number of rows that changed nothing.' })
  get unchanged(): number {
    return this.#outcome.unchanged;
  }

  @Field(() => Int, {
    description:
      'Number of manual entries that were removed, because the mode is REPLACE and the file does not contain them.',
  })
  get removed(): number {
    return this.#outcome.removed;
  }

  @Field(() => Int, { description: 'Number of rows that cannot be imported.' })
  get rejected(): number {
    return this.#outcome.rejected;
  }

  @Field(() => [ImportMistakeObject], { description: 'The mistakes in these rows; the first 1000.' })
  get mistakes(): ImportMistakeObject[] {
    return this.#outcome.mistakes.slice(0, MAX_MISTAKES).map((mistake) => new ImportMistakeObject(mistake));
  }
}
