import { TooDeepError, walkJson } from './json-walk.js';
import { MessageError, MessageTooLargeError } from './message-error.js';
import { ID_MEMBER, LIST_SUFFIX, MessageReader, type MessageOptions, type Place } from './message-reader.js';

/** What a message says of one segment, to be written beside its ID. The members in their order. */
export type Annotation = Readonly<Record<string, string | null>>;

/** What is written into a message. IDs are given as they are written there. */
export interface Annotations {
  /** What to write beside an ID. */
  readonly of: (segmentId: string) => Annotation;
  /** What to write into an object that names several segments, or one and what can be no ID, under the same member. */
  readonly ofContradictory: (segmentIds: readonly string[]) => Annotation;
}

/** How deep the objects and lists of a message may be nested. Those of Audience Manager have five levels. */
const MAX_DEPTH = 64;

/** The byte order mark that some programs write in front of UTF-8. It is no JSON. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * One of Audience Manager's real-time messages: which segments it names, and at which places of its text.
 * Source: "Real-time outbound data transfers".
 */
export class Message {
  /** The destination's ID in Audience Manager, as it is written; `null` if the message names none. */
  readonly destinationId: string | null;
  /** The partner's own name of the customer; several if it is there in several spellings. */
  readonly clientIds: readonly string[];
  /** The IDs of all segments as they are written, each once, in the order of the message. */
  readonly segmentIds: readonly string[];
  readonly #mark: string;
  readonly #text: string;
  readonly #places: readonly Place[];

  /**
   * @param text the JSON text, with a byte order mark or without
   * @throws {MessageError} if it is not a JSON object, nested too deep, or contradicts itself about its destination
   * @throws {MessageTooLargeError} if it has more IDs than allowed
   */
  constructor(text: string, options: MessageOptions) {
    this.#mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
    this.#text = text.slice(this.#mark.length);
    checkObject(this.#text);
    const reader = new MessageReader(this.#text, options);
    try {
      walkJson(this.#text, reader, MAX_DEPTH);
    } catch (error) {
      if (!(error instanceof TooDeepError)) throw error;
      throw new MessageError(
        `The message is nested deeper than ${MAX_DEPTH} levels; it is none of Audience Manager.`,
      );
    }
    this.destinationId = reader.destinationId;
    this.clientIds = reader.clientIds;
    this.#places = reader.places.sort((one, other) => one.end - other.end);
    this.segmentIds = [...new Set(this.#places.flatMap(idsToLookUp))];
  }

  /**
   * The same text with members added. Nothing else is changed, and members that an object has already stay as they are.
   *
   * @param maxLength of the text, in characters
   * @throws {MessageTooLargeError} if it would be longer
   */
  annotated({ of, ofContradictory }: Annotations, maxLength = Infinity): string {
    const written = new Map<string, string>();
    const pieces: string[] = [];
    let length = 0;
    const write = (piece: string): void => {
      pieces.push(piece);
      length += piece.length;
      if (length <= maxLength) return;
      throw new MessageTooLargeError(
        `With its names, the message would be longer than ${maxLength} characters, which is the maximum. Send its users in several messages.`,
      );
    };
    const membersOfId = (id: string): string => {
      const known = written.get(id) ?? membersOf(of(id), null);
      written.set(id, known);
      return known;
    };
    let start = 0;
    write(this.#mark);
    for (const place of this.#places) {
      write(this.#text.slice(start, place.end));
      start = place.end;
      if (place.kind === 'list') {
        write(`,${JSON.stringify(place.key + LIST_SUFFIX)}:[`);
        for (const [index, id] of place.ids.entries()) {
          if (index > 0) write(',');
          write(id === null ? 'null' : `{"${ID_MEMBER}":${JSON.stringify(id)}${membersOfId(id)}}`);
        }
        write(']');
        continue;
      }
      const { ids, isContradictory, taken } = place;
      const [id = ''] = ids;
      if (isContradictory) write(membersOf(ofContradictory(ids), taken));
      else write(taken === null ? membersOfId(id) : membersOf(of(id), taken));
    }
    write(this.#text.slice(start));
    return pieces.join('');
  }
}

function idsToLookUp(place: Place): readonly string[] {
  if (place.kind === 'segment') return place.isContradictory ? [] : place.ids;
  return place.ids.flatMap((id) => (id === null ? [] : [id]));
}

/** The JSON of members, each with a comma in front. */
function membersOf(annotation: Annotation, taken: ReadonlySet<string> | null): string {
  return Object.entries(annotation)
    .filter(([name]) => taken?.has(name) !== true)
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join('');
}

function checkObject(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MessageError('The message is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MessageError(
      'The message must be a JSON object, such as {"AAM_Destination_Id":"314","Users":[…]}.',
    );
  }
}
