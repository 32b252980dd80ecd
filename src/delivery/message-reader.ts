import { trimId } from '../base/trim-id.js';
import { decode, type JsonScalar, type JsonVisitor } from './json-walk.js';
import { MessageError, MessageTooLargeError } from './message-error.js';
import { SEGMENT_ID_KEYS, plainKey } from './segment-keys.js';
import { SpelledMembers, type SpelledMember } from './spelled-members.js';

/** Options for reading a message. */
export interface MessageOptions {
  /** The name of the member that has the segment's ID, in a form of the partner's own. `null`: one of those known. */
  readonly idField: string | null;
  /** Maximum number of segment IDs, of which each place counts. */
  readonly maxIds: number;
}

/** A place in a message where something can be written. */
export type Place = SegmentPlace | ListPlace;

/** Behind a member that has the ID of one segment. */
export interface SegmentPlace {
  readonly kind: 'segment';
  readonly end: number;
  readonly ids: readonly string[];
  /** Whether the object contradicts itself: the same member has another value in another spelling. */
  readonly isContradictory: boolean;
  /** Names of members that the object has already. */
  readonly taken: ReadonlySet<string> | null;
}

/** Behind a list of IDs. */
export interface ListPlace {
  readonly kind: 'list';
  readonly end: number;
  /** In the order of the list; `null` for a value that is no ID. */
  readonly ids: readonly (string | null)[];
  /** The member in which the list is. */
  readonly key: string;
}

/** What is added to the name of a list of IDs for the list of what they stand for. */
export const LIST_SUFFIX = '_Named';

/** The member with the ID, in the annotations of a list of IDs. */
export const ID_MEMBER = 'Segment_ID';

/** The members with a segment's ID, by rank. */
const ID_KEYS = [...SEGMENT_ID_KEYS, 'newsegmentid', 'legacysegmentid'];

/** These names are common words: they count only in the objects of a list. */
const ONLY_IN_LISTS = new Set(['mapping', 'segment']);

/** The members with a list of IDs alone, without regard to case and `_`. Source: "HTTP format macros", SEGMENT_LIST. */
const ID_LISTS = new Set([
  'segments',
  'segmentids',
  'segmentlist',
  'removedsegments',
  'removedsegmentids',
  'removedsegmentlist',
]);

/** The members at the top that name the destination, without regard to case and `_`, by rank. */
const DESTINATION_KEYS = ['aamdestinationid', 'destinationid'];

/** An ID in digits. Other numbers could be written in several ways. */
const DIGITS = /^\d+$/;

/** An object or a list that has begun and not ended. */
interface Frame {
  readonly kind: 'object' | 'list';
  /** The member that it is the value of. */
  readonly key: string | null;
  readonly isInList: boolean;
  /** Of an object: the members with a segment's ID. */
  readonly members: SpelledMembers;
  /** Of an object: names of its members that begin with `Segment_`, or end as the list of annotations does. */
  taken: Set<string> | null;
  /** Of an object: its lists of IDs, by key. */
  lists: Map<string, ListPlace> | null;
  /** Of a list that may be one of IDs: its values. */
  readonly ids: (string | null)[] | null;
}

/** Collects what a message says, on a walk through its text. */
export class MessageReader implements JsonVisitor {
  readonly places: Place[] = [];
  readonly #text: string;
  readonly #options: MessageOptions;
  readonly #frames: Frame[] = [];
  readonly #destination = new SpelledMembers();
  readonly #client = new SpelledMembers();
  #idCount = 0;

  constructor(text: string, options: MessageOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** As it is written; `null` if the message names none. @throws {MessageError} if it names two, or what is none */
  get destinationId(): string | null {
    const { ids, isContradictory } = sayingOf(this.#destination.best());
    if (isContradictory) {
      throw new MessageError(
        'The message names two destinations: the member with their ID is there in two spellings; keep one of them.',
      );
    }
    const [id] = ids;
    if (id === undefined && this.#destination.best().length > 0) {
      throw new MessageError(
        "The message's AAM_Destination_Id can be no ID; it must be a whole number or a text.",
      );
    }
    return id ?? null;
  }

  /** What the message says under `Client_ID`; several in different spellings. */
  get clientIds(): readonly string[] {
    return this.#client.best().flatMap(({ value }) => (value === null ? [] : [value]));
  }

  open(kind: 'object' | 'list', key: string | null): void {
    const parent = this.#frames.at(-1);
    if (parent?.kind === 'list') parent.ids?.push(null);
    if (parent !== undefined && key !== null) this.#member(parent, key, null);
    this.#frames.push({
      kind,
      key,
      isInList: parent?.kind === 'list',
      members: new SpelledMembers(),
      taken: null,
      lists: null,
      ids: kind === 'list' && key !== null && this.#isIdList(key) ? [] : null,
    });
  }

  scalar(value: JsonScalar, key: string | null): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    if (key !== null) this.#member(frame, key, value);
    else if (frame.ids !== null) {
      const id = this.#idOf(value) ?? null;
      frame.ids.push(id);
      if (id !== null) this.#count();
    }
  }

  close(end: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    if (frame.kind === 'list') {
      const { key, ids } = frame;
      if (key === null || ids === null || ids.every((id) => id === null)) return;
      const parent = this.#frames.at(-1);
      if (parent === undefined) return;
      parent.lists ??= new Map();
      parent.lists.set(key, { kind: 'list', end, ids, key });
      return;
    }
    const { members, taken, lists } = frame;
    const best = members.best();
    const last = best.findLast(({ value }) => value !== null);
    // A value that is no ID counts too: a member of a lower rank must not answer for it.
    if (last !== undefined) {
      this.#count();
      this.places.push({ kind: 'segment', end: last.end, ...sayingOf(best), taken });
    }
    for (const list of lists?.values() ?? []) {
      if (taken?.has(`${list.key}${LIST_SUFFIX}`) !== true) this.places.push(list);
    }
  }

  /** @param value `null`: an object or a list */
  #member(frame: Frame, key: string, value: JsonScalar | null): void {
    note(frame, key);
    // A member of the same name replaces the earlier one, and with it what it stands for.
    frame.lists?.delete(key);
    if (this.#frames.length === 1) this.#readTop(key, value);
    const rank = this.#rankOf(key, frame.isInList);
    if (rank !== -1) this.#put(frame.members, key, rank, value);
  }

  #readTop(key: string, value: JsonScalar | null): void {
    const plain = plainKey(key);
    const rank = DESTINATION_KEYS.indexOf(plain);
    if (rank !== -1) this.#put(this.#destination, key, rank, value);
    if (plain === 'clientid') this.#put(this.#client, key, 0, value);
  }

  #put(members: SpelledMembers, key: string, rank: number, value: JsonScalar | null): void {
    const id = value === null ? null : this.#idOf(value);
    if (id === undefined) members.remove(key);
    else members.add({ key, rank, value: id, end: value?.end ?? 0 });
  }

  #rankOf(key: string, isInList: boolean): number {
    const { idField } = this.#options;
    if (idField !== null) return key === idField ? 0 : -1;
    const plain = plainKey(key);
    return ONLY_IN_LISTS.has(plain) && !isInList ? -1 : ID_KEYS.indexOf(plain);
  }

  #isIdList(key: string): boolean {
    const { idField } = this.#options;
    return idField === null ? ID_LISTS.has(plainKey(key)) : key === idField;
  }

  /** The text of an ID; `null` for a value that can be none; `undefined` for `null` and blank texts. */
  #idOf({ kind, start, end }: JsonScalar): string | null | undefined {
    if (kind === 'string') {
      const text = decode(this.#text, start, end);
      return trimId(text) === '' ? undefined : text;
    }
    const word = this.#text.slice(start, end);
    if (kind === 'other') return word === 'null' ? undefined : null;
    return DIGITS.test(word) ? word : null;
  }

  #count(): void {
    this.#idCount += 1;
    const { maxIds } = this.#options;
    if (this.#idCount <= maxIds) return;
    throw new MessageTooLargeError(
      `The message has more than ${maxIds} segment IDs, which is the maximum (limits.ids); each place counts. Send its users in several messages.`,
    );
  }
}

/** What spellings of one member say: different IDs, each once as it is written first. */
function sayingOf(members: readonly SpelledMember[]): Pick<SegmentPlace, 'ids' | 'isContradictory'> {
  const [first, ...others] = members;
  if (first === undefined || first.value === null || others.length > 0) return sayingOfSeveral(members);
  return { ids: [first.value], isContradictory: false };
}

function sayingOfSeveral(members: readonly SpelledMember[]): Pick<SegmentPlace, 'ids' | 'isContradictory'> {
  const ids = new Map<string, string>();
  let others = 0;
  for (const { value } of members) {
    if (value === null) others += 1;
    else if (!ids.has(trimId(value))) ids.set(trimId(value), value);
  }
  return { ids: [...ids.values()], isContradictory: ids.size > 1 || (ids.size === 1 && others > 0) };
}

/** Notes a member that may be one that would be added. */
function note(frame: Frame, key: string): void {
  if (!key.startsWith('Segment_') && !key.endsWith(LIST_SUFFIX)) return;
  // The ID itself is in nearly every object, and is never added there.
  if (key === ID_MEMBER) return;
  frame.taken ??= new Set();
  frame.taken.add(key);
}
