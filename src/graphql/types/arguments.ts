import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, ID, Int } from 'type-graphql';
import { SegmentIdTypeEnum, SegmentStatusEnum } from './enums.js';

type ArgDecorator = ReturnType<typeof Arg>;

/** Arguments that several fields share, each with one name, type and description. */

const ID_TYPE = "Which identifier it is; left out: what the destination's IDs are.";

export const IdTypeArg = (): ArgDecorator =>
  Arg('idType', () => SegmentIdTypeEnum, { nullable: true, description: ID_TYPE });

export const SegmentIdArg = (): ArgDecorator =>
  Arg('id', () => ID, { description: 'The segment ID to look up, as it came in the data.' });

export const SegmentIdsArg = (): ArgDecorator =>
  Arg('ids', () => [ID], { description: 'The segment IDs to look up, as they came in the data.' });

export const CustomerIdArg = (): ArgDecorator =>
  Arg('customerId', () => ID, { description: 'The ID that this gateway gives the customer.' });

export const DestinationIdArg = (): ArgDecorator =>
  Arg('destinationId', () => ID, { description: "The destination's ID in Audience Manager." });

export const StatusArg = (): ArgDecorator =>
  Arg('status', () => [SegmentStatusEnum], {
    nullable: true,
    description: 'Only segments with one of these statuses.',
  });

export const FirstArg = (defaultValue = 50): ArgDecorator =>
  Arg('first', () => Int, { defaultValue, description: 'How many to return at most, 0 to 1000.' });

export const AtArg = (): ArgDecorator =>
  Arg('at', () => GraphQLDateTime, {
    nullable: true,
    description:
      'As it stood at this moment, so that an old report readSet as it did; null where it was not known then.',
  });

export const AfterArg = (): ArgDecorator =>
  Arg('after', () => String, {
    nullable: true,
    description: 'Go on behind this cursor, from the page before.',
  });
