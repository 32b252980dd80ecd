import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, ID, Int } from 'type-graphql';
import { SegmentIdTypeEnum, SegmentStatusEnum } from './enums.js';

// Decorators for arguments that several fields share, so that name, type and description are the same everywhere.

type ArgDecorator = ReturnType<typeof Arg>;

export const IdTypeArg = (): ArgDecorator =>
  Arg('idType', () => SegmentIdTypeEnum, {
    nullable: true,
    description: "Which kind of identifier is given. Default: the destination's `segmentIdType`.",
  });

export const SegmentIdArg = (): ArgDecorator =>
  Arg('id', () => ID, { description: 'The segment ID to look up, as it appears in the data.' });

export const SegmentIdsArg = (): ArgDecorator =>
  Arg('ids', () => [ID], { description: 'The segment IDs to look up, as they appear in the data.' });

export const CustomerIdArg = (): ArgDecorator =>
  Arg('customerId', () => ID, { description: "The customer's ID in this gateway." });

export const DestinationIdArg = (): ArgDecorator =>
  Arg('destinationId', () => ID, { description: "The destination's ID in Audience Manager." });

export const StatusArg = (): ArgDecorator =>
  Arg('status', () => [SegmentStatusEnum], {
    nullable: true,
    description: 'Return only segments with one of these statuses.',
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
