import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import {
  DirectoryError,
  importFile,
  setSegment,
  unsetSegment,
  type Authorship,
  type Destination,
  type ImportMode,
  type ManualEntry,
  type Segment,
} from '../../directory/index.js';
import { checkId } from '../arguments.js';
import type { Permission } from '../request/caller.js';
import type { AuditEntry, GatewayContext } from '../request/context.js';
import { gatewayError } from '../request/errors.js';
import { SegmentKeyInput } from '../types/segment-key.js';
import { CustomerIdArg, DestinationIdArg } from '../types/arguments.js';
import { DestinationObject } from '../types/destination.js';
import { ImportModeEnum, SegmentStatusEnum } from '../types/enums.js';
import { ImportResultObject } from '../types/import-result.js';
import { SegmentObject, segmentObjects } from '../types/segment.js';

const MAX_NAME_LENGTH = 1_000;
const MAX_DESCRIPTION_LENGTH = 10_000;

/** Everything that can be asked for to be done. */
@Resolver()
export class MutationResolver {
  @Mutation(() => DestinationObject, {
    description:
      "Fetch the destination's mappings now, and wait for the result. Needs the permission `refresh`.",
  })
  async refreshDestination(
    @CustomerIdArg() customerId: string,
    @Arg('id', () => ID, { description: "The destination's ID in Audience Manager." }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<DestinationObject> {
    const destination = permitted(context, 'refresh', { customerId, id });
    await audited(context, 'refresh', destination, {}, () => context.loader.refresh(destination));
    return new DestinationObject(destination);
  }

  @Mutation(() => ImportResultObject, {
    description:
      'Take over the names in a CSV file that a customer sent. All rows or none, unless `skipBad` says otherwise. What is given by hand wins over Audience Manager until it is taken away. Needs the permission `import`.',
  })
  async importSegments(
    @CustomerIdArg() customerId: string,
    @DestinationIdArg() destinationId: string,
    @Arg('csv', () => String, {
      description: 'The text of the file, with a header line. Larger files go through `aam-gateway import`.',
    })
    csv: string,
    @Arg('mode', () => ImportModeEnum, {
      nullable: true,
      description: 'What becomes of manual entries that the file does not have. Left out: MERGE.',
    })
    mode: ImportMode | null,
    @Arg('dryRun', () => Boolean, { nullable: true, description: 'Only say what would change.' })
    dryRun: boolean | null,
    @Arg('skipBad', () => Boolean, {
      nullable: true,
      description: 'Take the good rows although there are bad ones.',
    })
    skipBad: boolean | null,
    @Ctx() context: GatewayContext,
  ): Promise<ImportResultObject> {
    const destination = permitted(context, 'import', {
      customerId,
      id: destinationId,
      name: 'destinationId',
    });
    const choices = { mode: mode ?? 'MERGE', dryRun: dryRun ?? false, skipBad: skipBad ?? false };
    const outcome = await audited(
      context,
      'import',
      destination,
      choices,
      () => importFile(destination, csv, { ...authorship(context), ...choices }),
      ({ mistakes: _mistakes, ...counts }) => counts,
    );
    return new ImportResultObject(outcome);
  }

  @Mutation(() => SegmentObject, {
    description:
      'Give a segment a name, a description or a status by hand; what is left out stays. Needs the permission `import`; callers without `read` see no more in the answer than they gave.',
  })
  async setSegment(
    @Arg('key', () => SegmentKeyInput, { description: 'The segment; one that is not known yet is created.' })
    key: SegmentKeyInput,
    @Arg('name', () => String, { nullable: true, description: 'The name to show.' })
    name: string | null,
    @Arg('description', () => String, { nullable: true, description: 'A short text about it.' })
    description: string | null,
    @Arg('status', () => SegmentStatusEnum, { nullable: true, description: 'Its status.' })
    status: MappingStatus | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentObject> {
    const destination = keyed(context, key);
    const entry: ManualEntry = {
      ...segmentOf(destination, key),
      name: textOf('name', name, MAX_NAME_LENGTH),
      description: textOf('description', description, MAX_DESCRIPTION_LENGTH),
      status: status ?? null,
    };
    if (entry.name === null && entry.description === null && entry.status === null) {
      throw gatewayError('BAD_USER_INPUT', 'Nothing is given: name, description or status.');
    }
    const { id, idType } = entry;
    const found = await audited(context, 'set', destination, { id, idType }, () =>
      setSegment(destination, entry, authorship(context)),
    );
    return objectOf(context, destination, found, entry);
  }

  @Mutation(() => SegmentObject, {
    nullable: true,
    description:
      "Take away what was given by hand for a segment: Audience Manager's word counts again, and where it has none the segment is DELETED. null where there is no such segment. Needs the permission `import`; callers without `read` see nothing of it but its ID.",
  })
  async unsetSegment(
    @Arg('key', () => SegmentKeyInput, { description: 'The segment.' }) key: SegmentKeyInput,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = keyed(context, key);
    const segment = segmentOf(destination, key);
    const result = await audited(context, 'unset', destination, segment, () =>
      unsetSegment(destination, segment, authorship(context)),
    );
    return result === null ? null : objectOf(context, destination, result);
  }
}

interface Place {
  readonly customerId: string;
  readonly id: string;
  /** The argument that the ID comes from. */
  readonly name?: string;
}

/** The destination, if the caller may see it and do this. @throws GraphQLError, DirectoryError */
function permitted(
  { caller, loader }: GatewayContext,
  permission: Permission,
  { customerId, id, name = 'id' }: Place,
): Destination {
  checkId('customerId', customerId);
  checkId(name, id);
  if (!caller.may(permission)) {
    throw gatewayError('FORBIDDEN', `This needs the permission ${permission}.`);
  }
  return loader.requireDestination(customerId, id);
}

function keyed(context: GatewayContext, key: SegmentKeyInput): Destination {
  checkId('key.id', key.id);
  return permitted(context, 'import', {
    customerId: key.customerId,
    id: key.destinationId,
    name: 'key.destinationId',
  });
}

function segmentOf(
  destination: Destination,
  { id, idType }: SegmentKeyInput,
): Pick<ManualEntry, 'id' | 'idType'> {
  return { id, idType: idType ?? destination.settings.segmentIdType };
}

/** Does something and leaves a line about it, however it ends. */
async function audited<T>(
  context: GatewayContext,
  action: AuditEntry['audit'],
  destination: Destination,
  details: object,
  work: () => Promise<T>,
  describe: (result: T) => object = () => ({}),
): Promise<T> {
  const { customerId: customer, id } = destination;
  const entry = { audit: action, customer, destination: id, ...details };
  try {
    const result = await work();
    context.audit({ ...entry, outcome: 'ok', ...describe(result) });
    return result;
  } catch (error) {
    context.audit({ ...entry, outcome: error instanceof DirectoryError ? error.code : 'failed' });
    throw error;
  }
}

function authorship({ caller, now }: GatewayContext): Authorship {
  return { by: caller.name, at: now() };
}

/** What was given, as a file could hold it too; `null`: nothing. @throws GraphQLError BAD_USER_INPUT */
function textOf(name: string, text: string | null | undefined, longest: number): string | null {
  if (text === null || text === undefined) return null;
  // As people count, not in UTF-16 code units.
  const length = Array.from(text).length;
  const mistake =
    text.trim() === ''
      ? `${name} is empty; leave it out, or take away what was given with unsetSegment.`
      : text.includes('\0')
        ? `${name} holds a NUL character; remove it.`
        : length > longest
          ? `${name} is ${length} characters long; it has ${longest} at most.`
          : null;
  if (mistake !== null) throw gatewayError('BAD_USER_INPUT', mistake);
  return text.toWellFormed();
}

/** A segment as the caller may see it: without the permission to read, there is nothing in it but what it gave itself. */
function objectOf(
  { caller }: GatewayContext,
  destination: Destination,
  { snapshot, segment }: Awaited<ReturnType<typeof setSegment>>,
  given: Pick<ManualEntry, 'name' | 'description' | 'status'> = NOTHING,
): SegmentObject {
  const shown = caller.may('read') ? segment : hidden(segment, given);
  const [object] = segmentObjects(destination, { snapshot, segments: [shown] });
  if (object === null || object === undefined) throw new Error('a segment without an object');
  return object;
}

const NOTHING = { name: null, description: null, status: null };

function hidden(
  { id, source }: Segment,
  { name, description, status }: Pick<ManualEntry, 'name' | 'description' | 'status'>,
): Segment {
  return {
    id,
    sid: null,
    alias: null,
    name,
    description,
    status: status ?? 'UNKNOWN',
    startDate: null,
    endDate: null,
    createdAt: null,
    updatedAt: null,
    source,
    confirmedAt: null,
    manual: null,
  };
}
