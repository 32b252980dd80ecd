import type { SegmentIdType } from '../../config/index.js';
import { MessageError } from '../../delivery/message-error.js';
import { idMistake } from '../../graphql/index.js';

/** What the address says of a message; `null`: nothing. */
export interface MessageQuery {
  /** The customer's ID in this gateway. */
  readonly customer: string | null;
  /** The destination's ID in Audience Manager, for messages that do not name theirs. */
  readonly destination: string | null;
  /** The kind of the segments' IDs. */
  readonly idType: SegmentIdType | null;
  /** The name of the member that has the segment's ID. */
  readonly idField: string | null;
}

const NAMES = ['customer', 'destination', 'idType', 'idField'] as const;

const ID_TYPES: readonly SegmentIdType[] = [
  'AUTO',
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];

/** @throws {MessageError} if it has what is not known here: a misspelt customer must not mean any customer */
export function readMessageQuery(query: unknown): MessageQuery {
  const given = query as Readonly<Record<string, string | string[]>>;
  const unknown = Object.keys(given).find((name) => !NAMES.some((each) => each === name));
  if (unknown !== undefined) {
    const shown = idMistake('name', unknown) === null ? ` ${unknown.slice(0, 50).toWellFormed()}` : '';
    throw new MessageError(`The address has an unknown parameter${shown}; there are ${NAMES.join(', ')}.`);
  }
  const text = (name: (typeof NAMES)[number]): string | null => {
    const value = given[name];
    if (value === undefined) return null;
    if (typeof value !== 'string') throw new MessageError(`The address has ${name} several times; keep one.`);
    const mistake = idMistake(name, value);
    if (mistake !== null) throw new MessageError(mistake.message);
    return value;
  };
  const idType = text('idType');
  const known = ID_TYPES.find((each) => each === idType);
  if (idType !== null && known === undefined) {
    throw new MessageError(`idType must be one of ${ID_TYPES.join(', ')}.`);
  }
  return {
    customer: text('customer'),
    destination: text('destination'),
    idType: known ?? null,
    idField: text('idField'),
  };
}
