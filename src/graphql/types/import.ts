import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Destination, ImportMode, ImportPage, ImportRecord } from '../../directory/index.js';
import { importCursor } from '../cursors.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { DestinationObject } from './destination.js';
import { ImportModeEnum } from './enums.js';
import { ID } from './id.js';
import { PageInfoObject } from './page-info.js';

/** GraphQL type ImportCounts. */
@ObjectType('ImportCounts', {
  description: 'Number of rows and segments by what an import did with them.',
  simpleResolvers: true,
})
class ImportCountsObject {
  @Field(() => Int, { description: 'Number of new segments.' })
  readonly created: number;

  @Field(() => Int, { description: 'Number of segments whose name changed.' })
  readonly renamed: number;

  @Field(() => Int, {
    description: 'Number of segments whose description, status or source changed, but not the name.',
  })
  readonly updated: number;

  @Field(() => Int, { description: 'Number of rows that changed nothing.' })
  readonly unchanged: number;

  @Field(() => Int, { description: 'Number of manual entries that were removed, in mode REPLACE.' })
  readonly removed: number;

  @Field(() => Int, {
    description: 'Number of segments that stayed as they were, because of a later change by hand.',
  })
  readonly kept: number;

  @Field(() => Int, { description: 'Number of rows that could not be imported.' })
  readonly rejected: number;

  constructor({ created, renamed, updated, unchanged, removed, kept, rejected }: ImportRecord['counts']) {
    this.created = created;
    this.renamed = renamed;
    this.updated = updated;
    this.unchanged = unchanged;
    this.removed = removed;
    this.kept = kept;
    this.rejected = rejected;
  }
}

/** GraphQL type Import. */
@ObjectType('Import', {
  description: "An import of a customer's file, as it was stored.",
  simpleResolvers: true,
})
export class ImportObject {
  readonly #record: ImportRecord;

  @Field(() => DestinationObject, { description: 'The destination whose segments were imported.' })
  readonly destination: DestinationObject;

  constructor(record: ImportRecord, destination: Destination) {
    this.#record = record;
    this.destination = new DestinationObject(destination);
  }

  @Field(() => ID, {
    description: 'Identifies the import. Pass it to `undoImport`, or to `aam-gateway undo`, to take it back.',
  })
  get id(): string {
    return this.#record.id;
  }

  @Field(() => GraphQLDateTime, { description: 'When its changes were stored.' })
  get at(): Date {
    return new Date(this.#record.at);
  }

  @Field(() => String, { description: 'The caller or person who imported the file.' })
  get by(): string {
    return this.#record.by;
  }

  @Field(() => String, { nullable: true, description: 'What the file is called; null if nobody said it.' })
  get fileName(): string | null {
    return this.#record.fileName;
  }

  @Field(() => ImportModeEnum, {
    description: 'What was done with manual entries that the file does not contain.',
  })
  get mode(): ImportMode {
    return this.#record.mode;
  }

  @Field(() => ImportCountsObject, { description: 'What the import did.' })
  get counts(): ImportCountsObject {
    return new ImportCountsObject(this.#record.counts);
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When it was taken back, at least in part, the last time; null if it was not.',
  })
  get undoneAt(): Date | null {
    const { undone } = this.#record;
    return undone === null ? null : new Date(undone.at);
  }

  @Field(() => String, { nullable: true, description: 'Who took it back; null if nobody did.' })
  get undoneBy(): string | null {
    return this.#record.undone?.by ?? null;
  }
}

/** GraphQL type ImportEdge, a Relay edge. */
@ObjectType('ImportEdge', { description: 'An import in a list, with its cursor.', simpleResolvers: true })
class ImportEdgeObject {
  @Field(() => ImportObject, { description: 'The import.' })
  readonly node: ImportObject;

  constructor(node: ImportObject) {
    this.node = node;
  }

  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  get cursor(): string {
    return importCursor(this.node.id);
  }
}

/** GraphQL type ImportConnection, a Relay connection. */
@ObjectType('ImportConnection', {
  description: 'A page of a list of imports, newest first.',
  simpleResolvers: true,
})
export class ImportConnectionObject {
  @Field(() => PageInfoObject, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of imports in the whole list.' })
  readonly totalCount: number;

  readonly #edges: readonly ImportEdgeObject[];
  readonly #lists: LongLists;

  /** @param destinationOf the destination of an import; `undefined` if it is no longer served */
  constructor(
    page: ImportPage,
    destinationOf: (record: ImportRecord) => Destination | undefined,
    lists: LongLists,
  ) {
    this.#lists = lists;
    this.#edges = page.imports.flatMap((record) => {
      const destination = destinationOf(record);
      return destination === undefined ? [] : [new ImportEdgeObject(new ImportObject(record, destination))];
    });
    this.totalCount = page.totalCount;
    this.pageInfo = new PageInfoObject(page, this.#edges);
  }

  @Field(() => [ImportEdgeObject], { description: 'The imports on this page, with their cursors.' })
  get edges(): readonly ListItem<ImportEdgeObject>[] {
    return this.#lists.spread(this.#edges);
  }

  @Field(() => [ImportObject], { description: 'The imports on this page.' })
  get nodes(): readonly ListItem<ImportObject>[] {
    return this.#lists.spread(this.#edges.map((edge) => edge.node));
  }
}
