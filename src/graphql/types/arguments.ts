import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Int } from 'type-graphql';
import { DestinationTypeEnum, SegmentIdTypeEnum, SegmentStatusEnum } from './enums.js';
import { ID } from './id.js';
import { SegmentKeyInput } from './segment-key.js';

// Decorators for arguments that several fields share, so that name, type and description are the same everywhere.

type ArgDecorator = ReturnType<typeof Arg>;

export const IdTypeArg = (): ArgDecorator =>
  Arg('idType', () => SegmentIdTypeEnum, {
    nullable: true,
    description: "As what the ID is to be understood. Default: the destination's `segmentIdType`.",
  });

export const SegmentIdArg = (): ArgDecorator =>
  Arg('segmentId', () => ID, { description: 'The segment ID to look up, as it appears in the data.' });

export const SegmentIdsArg = (): ArgDecorator =>
  Arg('segmentIds', () => [ID], { description: 'The segment IDs to look up, as they appear in the data.' });

export const CustomerIdArg = (): ArgDecorator =>
  Arg('customerId', () => ID, {
    nullable: true,
    description:
      "The customer's ID in this gateway. May be left out if the caller may see only one destination with this ID.",
  });

export const DestinationIdArg = (): ArgDecorator =>
  Arg('destinationId', () => ID, { description: "The destination's ID in Audience Manager." });

export const SegmentKeysArg = (): ArgDecorator =>
  Arg('keys', () => [SegmentKeyInput], { description: 'The segments to look up.' });

export const StatusArg = (): ArgDecorator =>
  Arg('status', () => [SegmentStatusEnum], {
    nullable: true,
    description: 'Return only segments with one of these statuses.',
  });

export const DestinationTypesArg = (): ArgDecorator =>
  Arg('type', () => [DestinationTypeEnum], {
    nullable: true,
    description:
      'Look only at destinations of these types. UNKNOWN: those whose type was not read yet, or is not known.',
  });

export const FirstArg = (defaultValue = 50): ArgDecorator =>
  Arg('first', () => Int, {
    defaultValue,
    description: 'Maximum number of items to return: 0 to 1000, unless the gateway is configured otherwise.',
  });

export const AtArg = (): ArgDecorator =>
  Arg('at', () => GraphQLDateTime, {
    nullable: true,
    description:
      'Return the metadata as it was at this time, for example to reproduce an old report. The result is null if the segment was not known then.',
  });

export const AfterArg = (): ArgDecorator =>
  Arg('after', () => String, {
    nullable: true,
    description: 'Return the items that follow this cursor, such as `endCursor` of the previous page.',
  });
