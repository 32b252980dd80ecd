import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import {
  importContent,
  importCounts,
  undoImport,
  unknownImport,
  type Destination,
  type ImportMode,
  type ImportRecord,
} from '../../directory/index.js';
import type { IdentifierType, SegmentIdType } from '../../segments/index.js';
import { checkFirst } from '../arguments.js';
import { parseImportCursor } from '../cursors.js';
import type { GatewayContext } from '../request/context.js';
import { gatewayError } from '../request/errors.js';
import { AfterArg, CustomerIdArg, DestinationIdArg, FirstArg } from '../types/arguments.js';
import { ImportModeEnum, SegmentIdTypeEnum } from '../types/enums.js';
import { ID } from '../types/id.js';
import { ImportResultObject } from '../types/import-result.js';
import { ImportConnectionObject, ImportObject } from '../types/import.js';
import { UndoResultObject } from '../types/undo-result.js';
import { audited, authorizedDestination, requirePermission } from './changes.js';
import { namedDestinations } from './named-destinations.js';

/** Maximum length of a file's name and of a column's title, in characters. */
const MAX_TEXT_LENGTH = 1_000;

/** Imports customers' files, lists the imports, and takes them back. */
@Resolver()
export class ImportResolver {
  @Query(() => ImportConnectionObject, {
    nullable: true,
    description:
      "The imports of customers' files, newest first, of all destinations that the caller may see. Imports that are older than the history that is kept are left out.",
  })
  async imports(
    @Arg('customerId', () => ID, { nullable: true, description: 'Return only imports of this customer.' })
    customerId: string | null,
    @Arg('destinationId', () => ID, {
      nullable: true,
      description: 'Return only imports into destinations with this ID.',
    })
    destinationId: string | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): Promise<ImportConnectionObject> {
    const key = ['imports', customerId, destinationId, first, after];
    return await loader.memo.once(key, async () => {
      checkFirst(first, limits);
      const position = parseImportCursor(after);
      const destinations = await namedDestinations(loader, customerId, destinationId);
      const page = await loader.imports(destinations, first, position);
      const byKey = new Map(destinations.map((each) => [placeKey(each.customerId, each.id), each]));
      const destinationOf = (record: ImportRecord): Destination | undefined =>
        byKey.get(placeKey(record.customerId, record.destinationId));
      return new ImportConnectionObject(page, destinationOf, loader.lists);
    });
  }

  @Query(() => ImportObject, {
    nullable: true,
    description:
      "An import of a customer's file; null if there is none with this ID, if it is older than the history that is kept, or if the caller may not see its destination.",
  })
  async import(
    @Arg('id', () => ID, { description: 'The `importId` of its result, or the `id` of an `Import`.' })
    id: string,
    @Ctx() { loader }: GatewayContext,
  ): Promise<ImportObject | null> {
    return await loader.memo.once(['import', id], async () => {
      const record = UUID.test(id) ? await loader.listedImport(id) : null;
      if (record === null) return null;
      await loader.lookFor([record]);
      const destination = loader.foundDestination(record.customerId, record.destinationId);
      return destination === null ? null : new ImportObject(record, destination);
    });
  }

  @Mutation(() => ImportResultObject, {
    nullable: true,
    description:
      'Import names, descriptions and statuses from a CSV file that a customer sent, as manual entries. All rows are imported or none, unless `skipBad` is set. Manual entries take precedence over Audience Manager until they are removed. Needs the permission `import`. For callers without the permission `read`, the counts of what changed are 0 unless the import is applied, and a dry run only reports the mistakes of the file itself.',
  })
  async importSegments(
    @CustomerIdArg() customerId: string | null,
    @DestinationIdArg() destinationId: string,
    @Arg('csv', () => String, {
      description:
        'The content of the file, with a header line, or NDJSON. Import files larger than the request limit with `aam-gateway import` or `POST /import`.',
    })
    csv: string,
    @Arg('mode', () => ImportModeEnum, {
      nullable: true,
      description: 'What to do with manual entries that the file does not contain. Default: MERGE.',
    })
    mode: ImportMode | null,
    @Arg('dryRun', () => Boolean, {
      nullable: true,
      description: 'Return what would change, without changing anything. Default: false.',
    })
    dryRun: boolean | null,
    @Arg('skipBad', () => Boolean, {
      nullable: true,
      description: 'Import the valid rows although other rows have mistakes. Default: false.',
    })
    skipBad: boolean | null,
    @Arg('fileName', () => String, {
      nullable: true,
      description: 'What the file is called, for the list of imports.',
    })
    fileName: string | null,
    @Arg('idType', () => SegmentIdTypeEnum, {
      nullable: true,
      description:
        "What the IDs are whose kind the file does not state. In a file with one column of IDs, it also overrules the column's title. Default: the destination's `segmentIdType`.",
    })
    idType: SegmentIdType | null,
    @Arg('idColumn', () => String, {
      nullable: true,
      description: 'The title of the column that holds the IDs. Default: found by its title.',
    })
    idColumn: string | null,
    @Arg('nameColumn', () => String, {
      nullable: true,
      description: 'The title of the column that holds the names. Default: found by its title.',
    })
    nameColumn: string | null,
    @Arg('force', () => Boolean, {
      nullable: true,
      description:
        'Import a file that is the export of another customer or destination. Default: false, so that it is refused.',
    })
    force: boolean | null,
    @Ctx() context: GatewayContext,
  ): Promise<ImportResultObject> {
    const startedAt = context.now();
    const destination = await authorizedDestination(context, 'import', { customerId, destinationId });
    checkText('fileName', fileName);
    checkText('idColumn', idColumn);
    checkText('nameColumn', nameColumn);
    const choices = { mode: mode ?? 'MERGE', dryRun: dryRun ?? false, skipBad: skipBad ?? false } as const;
    const options = { force: force ?? false, idType: statedType(idType), idColumn, nameColumn, fileName };
    const outcome = await audited(
      context,
      'import',
      destination,
      { ...choices, ...given(options) },
      () =>
        importContent(
          destination,
          { kind: 'text', text: csv, notes: [] },
          {
            ...choices,
            ...options,
            by: context.caller.author,
            startedAt,
            mayRead: context.caller.may('read'),
          },
        ),
      importCounts,
    );
    return new ImportResultObject(outcome);
  }

  @Mutation(() => UndoResultObject, {
    nullable: true,
    description:
      'Take an import back, as one change: its segments become what they were before. Those that were changed by hand after the import stay as they are, and are listed. Segments that the import has created are removed, unless Audience Manager lists them by now. Called again, it takes back what stayed, as soon as nothing newer lies on that. Fails with NOT_FOUND if there is no such import, and with BAD_USER_INPUT if all of it was taken back already, or if all its segments, or all that stayed, were changed since. Needs the permission `import`.',
  })
  async undoImport(
    @Arg('id', () => ID, { description: 'The `importId` of its result, or the `id` of an `Import`.' })
    id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UndoResultObject> {
    requirePermission(context, 'import');
    const record = UUID.test(id) ? await context.loader.importById(id) : null;
    const destination =
      record === null ? null : context.loader.foundDestination(record.customerId, record.destinationId);
    if (record === null || destination === null) throw unknownImport(id);
    const outcome = await audited(
      context,
      'undo',
      destination,
      { importId: record.id },
      () => undoImport(destination, record, context.caller.author),
      ({ restored, kept }) => ({ restored, kept: kept.length }),
    );
    return new UndoResultObject(outcome, destination, context.caller.may('read'));
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function placeKey(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}

/** AUTO states no kind. */
function statedType(idType: SegmentIdType | null | undefined): IdentifierType | null {
  return idType === 'AUTO' ? null : (idType ?? null);
}

/** The options that were given, for the audit entry. */
function given(options: object): object {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== false),
  );
}

/** @throws GraphQLError BAD_USER_INPUT */
function checkText(name: string, text: string | null | undefined): void {
  if (text === null || text === undefined) return;
  if (text.length > MAX_TEXT_LENGTH) {
    throw gatewayError(
      'BAD_USER_INPUT',
      `${name} is ${text.length} characters long; the maximum is ${MAX_TEXT_LENGTH}.`,
    );
  }
  if (/\p{Cc}/u.test(text)) {
    throw gatewayError('BAD_USER_INPUT', `${name} contains a control character; remove it.`);
  }
}
