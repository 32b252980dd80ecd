import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { LimitsConfig, SegmentIdType } from '../../config/index.js';
import type { Destination, Snapshot } from '../../directory/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Admission } from '../limits/admission.js';
import type { Caller } from '../request/caller.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import type { LookupKey } from '../lookups.js';
import type { CachedReadSet, ReadSet } from '../request/read-set.js';
import { UNFIT, planOf, type PlannedField, type SegmentPlan } from './lookup-plan.js';
import { SegmentRows, type RowOwner, type RowTexts } from './segment-json.js';

/** A finished answer without errors, byte for byte as Apollo Server would have written it. */
export interface QuickAnswer {
  readonly body: string | Buffer;
  /** Of the body in UTF-8. */
  readonly bytes: number;
  readonly operation: string | null;
}

/** An operation that is known here. */
interface Planned {
  /** `null`: it asks for something else than segments by their IDs. */
  readonly plan: SegmentPlan | null;
  readonly name: string | null;
}

interface Remembered extends QuickAnswer {
  readonly readSet: CachedReadSet;
}

export interface QuickAnswersOptions {
  readonly limits: LimitsConfig;
  readonly admission: Admission;
  readonly metrics: Metrics;
  /** Of finished answers, in bytes; 0: none are kept. */
  readonly maxAnswerBytes: number;
}

/** Of an answer in the cache beside its body and its question, about, in bytes. */
const ENTRY_BYTES = 500;

/** Of what is known of each thing that it was made of. */
const READ_BYTES = 150;

/** Longer answers are kept as they are sent: what is short is sent together with its headers, as text. */
const LONG_BYTES = 4096;

/** Questions that came once: those that come again get their answers kept. In characters. */
const MAX_SEEN_CHARACTERS = 4 * 1024 * 1024;

/** Operations whose plans are kept, by the length of their texts. In characters. */
const MAX_PLAN_CHARACTERS = 2 * 1024 * 1024;

/**
 * Answers questions without executing them: those that were asked before in the same words by a caller that
 * may see the same, while nothing that went into the answer has changed; and those for nothing but segments by
 * their IDs, from texts that were made before. Everything else, and everything that could end in an error or
 * has to wait, is left to Apollo Server, through which every operation has to go once before it is known here.
 */
export class QuickAnswers {
  readonly #limits: LimitsConfig;
  readonly #admission: Admission;
  readonly #metrics: Metrics;
  readonly #answers: LRUCache<string, Remembered> | null;
  readonly #seen = new LRUCache<string, true>({
    maxSize: MAX_SEEN_CHARACTERS,
    sizeCalculation: (_, question) => question.length + 1,
  });
  /** By the text of a document, then by the operation of it that is to be run. */
  readonly #plans = new LRUCache<string, ReadonlyMap<string | null, Planned>>({
    maxSize: MAX_PLAN_CHARACTERS,
    sizeCalculation: (plans, text) => (text.length + 1) * plans.size,
  });
  readonly #rows = new SegmentRows();
  #version = 0;

  constructor({ limits, admission, metrics, maxAnswerBytes }: QuickAnswersOptions) {
    this.#metrics = metrics;
    this.#limits = limits;
    this.#admission = admission;
    this.#answers =
      maxAnswerBytes === 0
        ? null
        : new LRUCache<string, Remembered>({
            maxSize: maxAnswerBytes,
            maxEntrySize: Math.ceil(maxAnswerBytes / 4),
            sizeCalculation: ({ bytes, readSet }, question) =>
              bytes + question.length + ENTRY_BYTES + readSet.count * READ_BYTES,
          });
  }

  /** Changes with every configuration: an answer that was begun under an older one is not kept. */
  get version(): number {
    return this.#version;
  }

  /** Forgets all answers: customers, callers or rights have changed. */
  clear(): void {
    this.#version += 1;
    this.#answers?.clear();
  }

  /** Gets to know an operation that is valid, and that its sender may send. */
  learn(
    text: string,
    requested: string | null,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): void {
    const known = this.#plans.get(text);
    if (known?.has(requested) === true) return;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const plan = operation.operation === OperationTypeNode.QUERY ? planOf(operation, fragments) : null;
    this.#plans.set(
      text,
      new Map([...(known ?? []), [requested, { plan, name: operation.name?.value ?? null }]]),
    );
  }

  /**
   * @param question the request's body
   * @param load asked for where the answer was not kept
   * @returns `null` where it has to be executed
   */
  answer(question: string, caller: Caller, load: () => DestinationLoader): QuickAnswer | null {
    const key = `${caller.scope}\n${question}`;
    const remembered = this.#answers?.get(key);
    if (remembered !== undefined) {
      if (remembered.readSet.stillHold()) {
        remembered.readSet.countKnown();
        this.#metrics.fastPathResponses.inc({ kind: 'repeated' });
        return remembered;
      }
      this.#answers?.delete(key);
    }
    const loader = load();
    const planned = this.#execute(question, caller, loader);
    if (planned === null) return null;
    loader.readSet.countKnown();
    this.#metrics.fastPathResponses.inc({ kind: 'segments' });
    this.#keep(key, planned, loader.readSet);
    return planned;
  }

  /** Keeps an answer without errors that Apollo Server gave, where it can be given again. */
  remember(question: string, caller: Caller, answer: QuickAnswer, readSet: ReadSet, version: number): void {
    if (version !== this.#version || !readSet.isRepeatable) return;
    this.#keep(`${caller.scope}\n${question}`, answer, readSet);
  }

  #keep(key: string, answer: QuickAnswer, readSet: ReadSet): void {
    if (this.#answers === null) return;
    if (this.#seen.has(key)) {
      const { body, bytes } = answer;
      const isLong = typeof body === 'string' && bytes > LONG_BYTES;
      const kept = isLong ? Buffer.from(body) : body;
      this.#answers.set(key, { ...answer, body: kept, readSet: readSet.kept() });
    } else this.#seen.set(key, true);
  }

  #execute(question: string, caller: Caller, loader: DestinationLoader): QuickAnswer | null {
    const request = parseRequest(question);
    if (request === null || !caller.may('read')) return null;
    const known = this.#plans.get(request.query)?.get(request.operationName);
    if (known === undefined || known.plan === null) return null;
    if (!this.#admission.isTrusted(request.query, caller)) return null;
    const data = this.#run(known.plan, request.variables, loader);
    if (data === null) return null;
    const body = `{"data":${data}}\n`;
    return { body, bytes: Buffer.byteLength(body), operation: known.name };
  }

  #run({ fields }: SegmentPlan, variables: Variables, loader: DestinationLoader): string | null {
    let ids = 0;
    let cost = 0;
    const texts: string[] = [];
    for (const field of fields) {
      const args: Record<string, unknown> = {};
      for (const [name, source] of field.args) {
        const value = source(variables);
        if (value === UNFIT) return null;
        args[name] = value;
      }
      if (args['at'] !== undefined && args['at'] !== null) return null;
      const keys = (args['ids'] ?? args['keys']) as readonly unknown[] | undefined;
      const length = keys?.length ?? 1;
      ids += length;
      cost += 1 + length * field.cost;
      if (ids > this.#limits.ids || cost > this.#limits.cost) return null;
      const text = this.#field(field, args, loader);
      if (text === null) return null;
      texts.push(`${JSON.stringify(field.key)}:${text}`);
    }
    return `{${texts.join(',')}}`;
  }

  #field(field: PlannedField, args: Record<string, unknown>, loader: DestinationLoader): string | null {
    const sources = new Map<string, Source | null>();
    const sourceOf = (
      customerId: string,
      destinationId: string,
      idType: SegmentIdType | null,
    ): Source | null => {
      const place = `${idType} ${customerId.length} ${customerId} ${destinationId}`;
      let source = sources.get(place);
      if (source === undefined) {
        source = this.#source(field, loader, customerId, destinationId, idType);
        sources.set(place, source);
      }
      return source;
    };
    const rows = field.name === 'segmentsByKey' ? keyedRows(args, sourceOf) : listedRows(args, sourceOf);
    if (rows === null) return null;
    for (const source of sources.values()) {
      if (source !== null) loader.readSet.snapshot(source.destination, source.snapshot, source.count);
    }
    return field.name === 'segment' ? (rows[0] ?? null) : `[${rows.join(',')}]`;
  }

  #source(
    field: PlannedField,
    loader: DestinationLoader,
    customerId: string,
    destinationId: string,
    idType: SegmentIdType | null,
  ): Source | null {
    const destination = loader.destination(customerId, destinationId);
    const snapshot = destination?.present() ?? null;
    if (destination === null || snapshot === null) return null;
    loader.readSet.snapshot(destination, snapshot);
    const owners = new Map<RowOwner, string>();
    for (const part of field.shape) {
      if (part.kind !== 'owner') continue;
      const text = ownerText(part, destination, loader);
      if (text === null) return null;
      owners.set(part, text);
    }
    const type = idType ?? destination.settings.segmentIdType;
    const texts = this.#rows.of(destination, snapshot, type, field.shape, field.shapeKey, owners);
    return { destination, snapshot, texts, count: 0 };
  }
}

type Variables = Readonly<Record<string, unknown>>;

interface Source {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  readonly texts: RowTexts;
  /** Of segments taken from it. */
  count: number;
}

type SourceOf = (customerId: string, destinationId: string, idType: SegmentIdType | null) => Source | null;

function listedRows(args: Record<string, unknown>, sourceOf: SourceOf): string[] | null {
  const { customerId, destinationId, idType = null, id, ids = [id] } = args;
  const source = sourceOf(customerId as string, destinationId as string, idType as SegmentIdType | null);
  if (source === null) return null;
  const rows: string[] = [];
  for (const each of ids as readonly string[]) {
    const text = source.texts.get(each);
    if (text === undefined) return null;
    rows.push(text);
  }
  source.count += rows.length;
  return rows;
}

function keyedRows(args: Record<string, unknown>, sourceOf: SourceOf): string[] | null {
  const rows: string[] = [];
  for (const { customerId, destinationId, id, idType = null } of args['keys'] as readonly LookupKey[]) {
    const source = sourceOf(customerId, destinationId, idType);
    const text = source?.texts.get(id);
    if (source === null || text === undefined) return null;
    source.count += 1;
    rows.push(text);
  }
  return rows;
}

/** A destination or customer as it stands in every row; `null` where its name is not known yet. */
function ownerText(owner: RowOwner, destination: Destination, loader: DestinationLoader): string | null {
  const { settings, customer } = destination;
  const parts: string[] = [];
  for (const { key, name } of owner.fields) {
    let value: unknown;
    if (owner.name === 'customer') {
      value = name === '__typename' ? 'Customer' : name === 'name' ? customer.name : customer.id;
    } else if (name === 'id' || name === '__typename' || name === 'segmentIdType') {
      value = name === 'id' ? destination.id : name === '__typename' ? 'Destination' : settings.segmentIdType;
    } else {
      const own = name === 'name' ? settings.name : name === 'type' ? settings.type : null;
      // To ask Audience Manager for them is left to those who wait for the answer.
      if (own === null && !destination.details.isKnown) return null;
      const details = own === null ? loader.details(destination) : null;
      if (details instanceof Promise) return null;
      value = own ?? details?.[name] ?? (name === 'type' ? 'UNKNOWN' : null);
    }
    parts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `{${parts.join(',')}}`;
}

interface QuickRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Variables;
}

/** Keys that must not get into objects; what holds them is refused further on. */
const SUSPICIOUS = /__proto__|constructor|\\u00/;

/** A request for one operation and nothing else, or `null`. */
function parseRequest(question: string): QuickRequest | null {
  if (SUSPICIOUS.test(question)) return null;
  let body: unknown;
  try {
    body = JSON.parse(question);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const { query, operationName, variables, ...others } = body as Record<string, unknown>;
  for (const _ in others) return null;
  if (typeof query !== 'string') return null;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== undefined && variables !== null && !isRecord(variables)) return null;
  return { query, operationName: operationName ?? null, variables: variables ?? {} };
}

function isRecord(value: unknown): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
