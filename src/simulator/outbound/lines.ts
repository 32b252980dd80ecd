import type { LineTemplate, OutboundUser, Qualification } from './types.js';

/** What a line says besides its user. */
export interface LineContext {
  /** Audience Manager's number for the customer. */
  readonly pid: number;
  /** The customer's ID at the partner. */
  readonly advertiser: string;
  /** Kind of the user IDs. */
  readonly masterDpid: number;
}

/** Audience Manager's number for segments, where an item states its type. */
const SEGMENT_TYPE = 5;

const entered = ({ segments }: OutboundUser): Qualification[] => segments.filter((each) => each.entered);
const left = ({ segments }: OutboundUser): Qualification[] => segments.filter((each) => !each.entered);
const idsOf = (segments: readonly Qualification[]): string => segments.map(({ id }) => id).join(',');

/** The line of a user in a file, without the end of the line. Source: "Outbound data file contents". */
export function lineOf(template: LineTemplate, user: OutboundUser, context: LineContext): string {
  switch (template) {
    case 'default':
    case 'two-spaces': {
      const lists = [idsOf(entered(user)), idsOf(left(user))];
      if (lists[1] === '') lists.pop();
      return [user.uuid, ...lists].join(template === 'default' ? ' ' : '  ');
    }
    case 'spaces':
      return [user.partnerId, ...entered(user).map(({ id }) => id)].join(' ');
    case 'tabs': {
      const items = user.segments.map(
        ({ id, entered: isIn, at }) => `${SEGMENT_TYPE},${id},${isIn ? 1 : 0},${at}`,
      );
      return [context.masterDpid, user.uuid, user.partnerId, 1, 0, items.join('&')].join('\t');
    }
    case 'typed': {
      const items = entered(user).map(({ id }) => `${SEGMENT_TYPE},${id}`);
      return [user.partnerId, items.join(',')].join('\t');
    }
    case 'json':
      return JSON.stringify({
        AdvertiserId: context.advertiser,
        TDID: user.partnerId,
        Data: user.segments.map(({ id, entered: isIn }) => ({ Name: id, ...(!isIn && { TtlInMinutes: 0 }) })),
      });
  }
}

/** Whether a template can say that a user left a segment. */
export function saysWhoLeft(template: LineTemplate): boolean {
  return template !== 'spaces' && template !== 'typed';
}
