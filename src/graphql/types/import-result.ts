import { Field, Int, ObjectType } from 'type-graphql';
import type { ImportOutcome } from '../../directory/index.js';
import type { ColumnUse, FileColumn } from '../../import-export/index.js';
import { ImportColumnUseEnum } from './enums.js';
import { ID } from './id.js';
import { ImportChangeObject } from './import-change.js';

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

/** GraphQL type ImportWarning. */
@ObjectType('ImportWarning', {
  description:
    'Something suspicious about a row of the file, which does not keep the file from being imported.',
  simpleResolvers: true,
})
class ImportWarningObject {
  @Field(() => Int, { description: 'Number of the line on which the row begins; the first line is 1.' })
  readonly line: number;

  @Field(() => String, {
    description: 'What is suspicious about the row, or what was not done because of it.',
  })
  readonly reason: string;

  constructor(warning: { readonly line: number; readonly reason: string }) {
    this.line = warning.line;
    this.reason = warning.reason;
  }
}

/** GraphQL type ImportColumn. */
@ObjectType('ImportColumn', { description: 'A column of the file.', simpleResolvers: true })
class ImportColumnObject {
  @Field(() => String, { description: 'What the header calls it.' })
  readonly title: string;

  @Field(() => ImportColumnUseEnum, {
    nullable: true,
    description: 'What it was taken for; null: it was not used.',
  })
  readonly use: ColumnUse | null;

  constructor({ title, use }: FileColumn) {
    this.title = title;
    this.use = use;
  }
}

/** Maximum number of items of each list in a response. `rejected` counts all rejected rows. */
const MAX_ITEMS = 1_000;

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

  @Field(() => ID, {
    nullable: true,
    description:
      'Names the import: pass it to `undoImport` to take it back. Null if the import was not applied.',
  })
  get importId(): string | null {
    return this.#outcome.importId;
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

  @Field(() => Int, {
    description:
      'Number of segments that stay as they are, because somebody changed them by hand after the import had begun.',
  })
  get kept(): number {
    return this.#outcome.kept;
  }

  @Field(() => Int, { description: 'Number of rows that cannot be imported.' })
  get rejected(): number {
    return this.#outcome.rejected;
  }

  @Field(() => [ImportMistakeObject], { description: 'The mistakes in these rows; the first 1000.' })
  get mistakes(): ImportMistakeObject[] {
    return this.#outcome.mistakes.slice(0, MAX_ITEMS).map((mistake) => new ImportMistakeObject(mistake));
  }

  @Field(() => [ImportWarningObject], {
    description: 'What is suspicious about other rows, and which rows were passed over; the first 1000.',
  })
  get warnings(): ImportWarningObject[] {
    return this.#outcome.warnings.slice(0, MAX_ITEMS).map((warning) => new ImportWarningObject(warning));
  }

  @Field(() => [String], {
    description: 'What was done with the file as a whole, such as lines that were skipped. For people.',
  })
  get notes(): readonly string[] {
    return this.#outcome.notes;
  }

  @Field(() => [ImportChangeObject], {
    description:
      'What changes, in the order of the file; the first 1000. Empty for callers without the permission `read`.',
  })
  get changes(): ImportChangeObject[] {
    return this.#outcome.changes.slice(0, MAX_ITEMS).map((change) => new ImportChangeObject(change));
  }

  @Field(() => [ImportColumnObject], {
    description: 'The columns of the file, in their order, and what each was taken for.',
  })
  get columns(): ImportColumnObject[] {
    return this.#outcome.columns.map((column) => new ImportColumnObject(column));
  }

  @Field(() => String, {
    nullable: true,
    description: 'The sheet that was read; null if the file is no workbook.',
  })
  get sheet(): string | null {
    return this.#outcome.sheets?.sheet ?? null;
  }

  @Field(() => [String], {
    description: 'The visible sheets of the workbook; empty if the file is none.',
  })
  get sheets(): readonly string[] {
    return this.#outcome.sheets?.sheets ?? [];
  }
}
