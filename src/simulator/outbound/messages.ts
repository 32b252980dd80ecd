import type { Account } from '../account-registry.js';
import type { SimulatorDestination } from '../types.js';
import type { MessageForm, OutboundUser, Qualification } from './types.js';
import { sampleUsers } from './users.js';

/** A message to make. */
export interface MessageOptions {
  /** 1 to 10. Default 2. */
  readonly users?: number;
  /** When it is sent, in milliseconds since the epoch. Default: now, by the simulator's clock. */
  readonly at?: number;
}

/** Maximum number of users of a message. Source: "Real-time outbound data transfers". */
const MAX_USERS = 10;
const DEFAULT_USERS = 2;

/**
 * A real-time message, as Audience Manager sends it to a destination's own address.
 * Source: "Real-time outbound data transfers".
 *
 * @throws RangeError for more than 10 users
 */
export function createMessage(
  { key }: Pick<Account, 'key'>,
  destination: SimulatorDestination,
  { users: count = DEFAULT_USERS, at }: MessageOptions & { readonly at: number },
): string {
  if (count < 1 || count > MAX_USERS) throw new RangeError(`A message has 1 to ${MAX_USERS} users`);
  const { message: form = 'documented', masterDpid, pidAlias } = destination.outbound ?? {};
  const users = sampleUsers(destination, { count, seed: destination.id + at, at, leaving: true });
  const isNumeric = form === 'integers';
  const value = (number: number): number | string => (isNumeric ? number : String(number));
  return JSON.stringify({
    ProcessTime: dateText(at),
    // Absent where the destination receives the user IDs of one vendor only.
    ...(masterDpid !== undefined && { User_DPID: value(masterDpid) }),
    Client_ID: pidAlias ?? key,
    [isNumeric ? 'AAM_Destination_ID' : 'AAM_Destination_Id']: value(destination.id),
    User_count: value(users.length),
    Users: users.map((user) => userJson(user, form)),
  });
}

function userJson(user: OutboundUser, form: MessageForm): object {
  const segments = user.segments;
  const json = (listed: readonly Qualification[]): object[] =>
    listed.map((segment) => segmentJson(segment, form));
  return {
    AAM_UUID: user.uuid,
    DataPartner_UUID: user.partnerId,
    ...((form === 'documented' || form === 'integers') && { AAM_Regions: ['9'] }),
    ...(form === 'removed'
      ? {
          Segments: json(segments.filter(({ entered }) => entered)),
          Removed_Segments: json(segments.filter(({ entered }) => !entered)),
        }
      : { Segments: json(segments) }),
  };
}

function segmentJson({ id, entered, at }: Qualification, form: MessageForm): object {
  const DateTime = dateText(at);
  const status = entered ? 1 : 0;
  switch (form) {
    case 'documented':
      return { Segment_ID: id, Status: String(status), DateTime };
    case 'integers':
      return { Segment_ID: /^\d{1,15}$/.test(id) ? Number(id) : id, Status: status, DateTime };
    case 'segment':
      return { Segment: id, Status: String(status), DateTime };
    case 'mapping':
      return { Mapping: id, Status: String(status), DateTime };
    case 'removed':
      return { Segment_ID: id, DateTime };
  }
}

/** A date such as `Wed Jul 27 16:17:42 UTC 2016`. @param time milliseconds since the epoch */
function dateText(time: number): string {
  const [weekday, day, month, year, clock] = new Date(time).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${clock} UTC ${year}`;
}
