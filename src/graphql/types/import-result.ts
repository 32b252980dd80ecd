import { Field, Int, ObjectType } from 'type-graphql';
import type { ImportOutcome } from '../../directory/index.js';

/** A row of a file that cannot be taken over. */
@ObjectType('ImportMistake', {
  description: 'A row of the file that cannot be taken over.',
  simpleResolvers: true,
})
export class ImportMistakeObject {
  @Field(() => Int, { description: 'The line of the file on which the row begins, from 1.' })
  readonly line: number;

  @Field(() => String, { description: 'What is wrong with it and what to do.' })
  readonly reason: string;

  constructor(mistake: { readonly line: number; readonly reason: string }) {
    this.line = mistake.line;
    this.reason = mistake.reason;
  }
}

/** The most mistakes that an answer lists; all are counted. */
const MAX_MISTAKES = 1_000;

/** What became of the rows of a file. */
@ObjectType('ImportResult', { description: 'What became of the rows of a file.', simpleResolvers: true })
export class ImportResultObject {
  readonly #outcome: ImportOutcome;

  constructor(outcome: ImportOutcome) {
    this.#outcome = outcome;
  }

  @Field(() => Boolean, {
    description:
      'Whether anything was written: not in a dry run, and not where rows were rejected without `skipBad`.',
  })
  get applied(): boolean {
    return this.#outcome.applied;
  }

  @Field(() => Int, { description: 'Segments that were not known before.' })
  get created(): number {
    return this.#outcome.created;
  }

  @Field(() => Int, { description: 'Segments with another name.' })
  get renamed(): number {
    return this.#outcome.renamed;
  }

  @Field(() => Int, {
    description: 'Segments with another description, status or source, but the same name.',
  })
  get updated(): number {
    return this.#outcome.updated;
  }

  @Field(() => Int, { description: 'Rows that say what is known already.' })
  get unchanged(): number {
    return this.#outcome.unchanged;
  }

  @Field(() => Int, {
    description: 'Manual entries taken away, because the file replaces them and has them no more.',
  })
  get removed(): number {
    return this.#outcome.removed;
  }

  @Field(() => Int, { description: 'Rows that cannot be taken over.' })
  get rejected(): number {
    return this.#outcome.rejected;
  }

  @Field(() => [ImportMistakeObject], { description: 'What is wrong with them; the first 1000.' })
  get mistakes(): ImportMistakeObject[] {
    return this.#outcome.mistakes.slice(0, MAX_MISTAKES).map((mistake) => new ImportMistakeObject(mistake));
  }
}
