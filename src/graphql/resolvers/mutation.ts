import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import { isInvisible, trimId } from '../../base/trim-id.js';
import {
  purgeSegment,
  setSegment,
  unsetSegment,
  type Authorship,
  type Destination,
  type ManualEntry,
  type MetadataSource,
  type Segment,
} from '../../directory/index.js';
import { hasControlCharacter } from '../../import-export/index.js';
import { manualOnlyId } from '../../segments/index.js';
import { checkId } from '../arguments.js';
import type { GatewayContext } from '../request/context.js';
import { gatewayError } from '../request/errors.js';
import { CustomerIdArg, DestinationIdArg } from '../types/arguments.js';
import { DestinationObject } from '../types/destination.js';
import { SegmentStatusEnum } from '../types/enums.js';
import { SegmentKeyInput } from '../types/segment-key.js';
import { SegmentObject, SegmentOrigin } from '../types/segment.js';
import { audited, authorizedDestination, requirePermission } from './changes.js';

/** Maximum length of a name, in Unicode characters. */
const MAX_NAME_LENGTH = 1_000;

/** Maximum length of a description, in Unicode characters. */
const MAX_DESCRIPTION_LENGTH = 10_000;

/** The mutation type. Every mutation writes an audit entry, whether it succeeds or fails. */
@Resolver()
export class MutationResolver {
  @Mutation(() => DestinationObject, {
    nullable: true,
    description:
      "Fetch the destination's mappings from Audience Manager now, and wait for the result. Needs the permission `refresh`.",
  })
  async refreshDestination(
    @CustomerIdArg() customerId: string | null,
    @DestinationIdArg() destinationId: string,
    @Ctx() context: GatewayContext,
  ): Promise<DestinationObject> {
    const destination = await authorizedDestination(context, 'refresh', { customerId, destinationId });
    await audited(context, 'refresh', destination, {}, () => context.loader.refresh(destination));
    return new DestinationObject(destination);
  }

  @Mutation(() => SegmentObject, {
    nullable: true,
    description:
      'Set name, description or status of a segment by a manual entry. What is left out stays as it is; null takes away what was set by hand. Returns null if there is no such segment and nothing to set. An ID without `idType` whose kind the destination does not state is set for the one segment that has it, or kept as it is if there is none. Needs the permission `import`. For callers without the permission `read`, the result only contains what they sent, and is never null.',
  })
  async setSegment(
    @Arg('key', () => SegmentKeyInput, { description: 'The segment. It is created if it is not known yet.' })
    key: SegmentKeyInput,
    @Arg('name', () => String, {
      nullable: true,
      description: 'The name. Null: take away the one set by hand.',
    })
    name: string | null | undefined,
    @Arg('description', () => String, {
      nullable: true,
      description: 'The description. Null: take away the one set by hand.',
    })
    description: string | null | undefined,
    @Arg('status', () => SegmentStatusEnum, {
      nullable: true,
      description: 'The status. Null: take away the one set by hand.',
    })
    status: MappingStatus | null | undefined,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = await destinationOf(context, key);
    const entry: ManualEntry = {
      ...identifierOf(destination, key),
      name: checkedText('name', name, MAX_NAME_LENGTH),
      description: checkedText('description', description, MAX_DESCRIPTION_LENGTH),
      status,
    };
    if (entry.name === undefined && entry.description === undefined && entry.status === undefined) {
      throw gatewayError('BAD_USER_INPUT', 'Give at least one of name, description and status.');
    }
    const { id, idType } = entry;
    const found = await audited(context, 'set', destination, { id, idType }, () =>
      setSegment(destination, entry, authorship(context)),
    );
    return visibleObject(context, destination, found, entry, 'MANUAL');
  }

  @Mutation(() => SegmentObject, {
    nullable: true,
    description:
      'Remove the manual entry of a segment, so that the metadata of Audience Manager applies again. A segment that Audience Manager does not have becomes DELETED. Returns null if there is no such segment. Needs the permission `import`. For callers without the permission `read`, the result only contains the ID, and is never null.',
  })
  async unsetSegment(
    @Arg('key', () => SegmentKeyInput, { description: 'The segment.' }) key: SegmentKeyInput,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = await destinationOf(context, key);
    const segment = identifierOf(destination, key);
    const result = await audited(context, 'unset', destination, segment, () =>
      unsetSegment(destination, segment, authorship(context)),
    );
    return visibleObject(context, destination, result, segment, 'AUDIENCE_MANAGER');
  }

  @Mutation(() => SegmentObject, {
    nullable: true,
    description:
      'Remove a segment that is only known by hand, such as one with a mistyped ID, as if it had never been. Refused with BAD_USER_INPUT if Audience Manager has, or had, the segment. The list of changes keeps what was, and ends with a REMOVED one. Returns the segment as it was; null if there is no such segment. Needs the permissions `import` and `read`.',
  })
  async purgeSegment(
    @Arg('key', () => SegmentKeyInput, { description: 'The segment.' }) key: SegmentKeyInput,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = await destinationOf(context, key);
    requirePermission(context, 'read');
    const segment = identifierOf(destination, key);
    const purged = await audited(context, 'purge', destination, segment, () =>
      purgeSegment(destination, segment, context.caller.author),
    );
    return visibleObject(context, destination, purged, segment, 'MANUAL');
  }
}

async function destinationOf(context: GatewayContext, key: SegmentKeyInput): Promise<Destination> {
  checkId('key.segmentId', key.segmentId);
  if (trimId(key.segmentId) === '') {
    throw gatewayError(
      'BAD_USER_INPUT',
      'key.segmentId has nothing but characters that are not seen; give an ID.',
    );
  }
  const { customerId, destinationId } = key;
  return await authorizedDestination(context, 'import', { customerId, destinationId, prefix: 'key.' });
}

function identifierOf(
  destination: Destination,
  { segmentId, idType }: SegmentKeyInput,
): Pick<ManualEntry, 'id' | 'idType'> {
  return { id: segmentId, idType: idType ?? destination.settings.segmentIdType };
}

function authorship({ caller, now }: GatewayContext): Authorship {
  return { by: caller.author, at: now() };
}

/** Checks a text, if one is given, as the import of files does. @throws GraphQLError BAD_USER_INPUT */
function checkedText(
  name: string,
  text: string | null | undefined,
  maxLength: number,
): string | null | undefined {
  if (text === null || text === undefined) return text;
  const mistake = textMistake(text, maxLength);
  if (mistake !== null) throw gatewayError('BAD_USER_INPUT', `${name} ${mistake}`);
  return text.toWellFormed();
}

function textMistake(text: string, maxLength: number): string | null {
  if (isInvisible(text)) return 'is empty; give null to take away the one set by hand, or leave it out.';
  if (hasControlCharacter(text)) return 'contains a control character; remove it.';
  // Unicode characters, not UTF-16 code units.
  const { length } = Array.from(text);
  return length > maxLength ? `is ${length} characters long; the maximum is ${maxLength}.` : null;
}

/**
 * Creates the result of a change of one segment. For a caller without the permission `read` it is made of what the caller
 * sent alone, so that it is the same whatever is stored.
 *
 * @param edited the segment after the change; `null` if there is none
 * @param source where the metadata comes from after the change, as far as the caller may know
 */
function visibleObject(
  { caller, now }: GatewayContext,
  destination: Destination,
  edited: Awaited<ReturnType<typeof setSegment>>,
  sent: ManualEntry,
  source: MetadataSource,
): SegmentObject | null {
  if (!caller.may('read')) {
    return new SentSegmentObject(sent, source, new SegmentOrigin(destination, now()));
  }
  if (edited === null) return null;
  return new SegmentObject(edited.segment, new SegmentOrigin(destination, edited.snapshot.asOf), sent.id);
}

/** A segment of which nothing is told but what the caller sent. */
class SentSegmentObject extends SegmentObject {
  readonly #mappingId: string | null;

  constructor(sent: ManualEntry, source: MetadataSource, origin: SegmentOrigin) {
    super(segmentOf(sent, source), origin, sent.id);
    this.#mappingId = sent.idType === 'MAPPING_ID' ? sent.id : null;
  }

  override get mappingId(): string | null {
    return this.#mappingId;
  }
}

/** A segment with nothing but what a manual entry says. */
function segmentOf(sent: ManualEntry, source: MetadataSource): Segment {
  const { id, idType, name, description, status } = sent;
  return {
    id: manualOnlyId({ id, idType }),
    sid: idType === 'SID' ? id : null,
    alias: idType === 'ALIAS' ? id : null,
    value: idType === 'VALUE' ? id : null,
    url: idType === 'URL' ? id : null,
    secureUrl: null,
    isTrait: false,
    name: name ?? null,
    description: description ?? null,
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
