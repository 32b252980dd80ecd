import { annotate, type OutputHeader } from '../../src/delivery/annotate.js';
import { Patience } from '../../src/delivery/annotate-names.js';
import { IdTally, type IdCounts } from '../../src/delivery/annotate-tally.js';
import type { LineCounts } from '../../src/delivery/lines-batch.js';
import type { Named, NameSource } from '../../src/delivery/name-source.js';
import type { SegmentIdType, SegmentStatus } from '../../src/segments/index.js';

/** Names by ID. `?`: could not be checked; `!`: ambiguous. */
type Names = Readonly<Record<string, string | null>>;

/** A source of names that counts what it is asked. */
export class KnownNames implements NameSource {
  readonly segmentIdType: SegmentIdType | null;
  readonly format: string | null;
  readonly asked: (readonly string[])[] = [];
  readonly #names: Map<string, string | null>;
  readonly #others: ReadonlyMap<string, { readonly idType: SegmentIdType; readonly name: string }>;

  constructor(
    names: Names = {},
    more: {
      readonly segmentIdType?: SegmentIdType;
      readonly format?: string;
      readonly others?: ReadonlyMap<string, { readonly idType: SegmentIdType; readonly name: string }>;
    } = {},
  ) {
    this.#names = new Map(Object.entries(names));
    this.segmentIdType = more.segmentIdType ?? null;
    this.format = more.format ?? null;
    this.#others = more.others ?? new Map();
  }

  set(id: string, name: string): void {
    this.#names.set(id, name);
  }

  lookUp(ids: readonly string[], idType?: SegmentIdType): Promise<Named[]> {
    if (idType === undefined) this.asked.push(ids);
    return Promise.resolve(ids.map((id) => (idType === undefined ? this.#named(id) : this.#as(id, idType))));
  }

  #named(id: string): Named {
    const name = this.#names.get(id);
    if (name === undefined) return { id, outcome: 'UNKNOWN' };
    if (name === '?') return { id, outcome: 'UNCHECKED' };
    if (name === '!') return { id, outcome: 'AMBIGUOUS' };
    const status: SegmentStatus = id.startsWith('d') ? 'DELETED' : 'ACTIVE';
    return { id, outcome: 'FOUND', name, status, idType: 'SID' };
  }

  #as(id: string, idType: SegmentIdType): Named {
    const other = this.#others.get(id);
    if (other?.idType !== idType) return { id, outcome: 'UNKNOWN' };
    return { id, outcome: 'FOUND', name: other.name, status: 'ACTIVE', idType };
  }
}

/** What came out. */
export interface Result {
  readonly text: string;
  readonly lines: string[];
  readonly objects: unknown[];
  readonly counts: LineCounts;
  readonly ids: IdCounts;
  readonly guess: string | null;
  readonly waits: number[];
}

export interface AnnotatingOptions {
  readonly template?: string;
  readonly column?: string;
  readonly format?: 'ndjson' | 'csv';
  readonly source?: NameSource;
  readonly tally?: IdTally;
  /** In how many pieces of this length the file arrives, in bytes. Default: as a whole. */
  readonly pieceLength?: number;
  readonly onWait?: () => void;
  /** Default: one of its own, which waits for nothing. */
  readonly patience?: Patience;
  readonly header?: OutputHeader;
  readonly origin?: { readonly file: string; readonly destination: string };
  /** Told when nobody reads the file any more. */
  readonly onClosed?: () => void;
}

/** Annotates a file, given as text or bytes. */
export async function annotating(
  file: string | Uint8Array,
  options: AnnotatingOptions = {},
): Promise<Result> {
  const {
    template = null,
    column = null,
    format = 'ndjson',
    source = new KnownNames(),
    pieceLength,
  } = options;
  const tally = options.tally ?? new IdTally();
  const bytes = Buffer.from(file);
  const written: Buffer[] = [];
  const waits: number[] = [];
  const ownPatience = new Patience((ms) => {
    waits.push(ms);
    options.onWait?.();
    return Promise.resolve();
  });
  const { patience = ownPatience } = options;
  let guess: string | null = null;
  const counts = await annotate(inPieces(bytes, pieceLength ?? Math.max(1, bytes.length), options.onClosed), {
    source,
    tally,
    template,
    column,
    format,
    ...(options.header === undefined ? {} : { header: options.header }),
    origin: options.origin ?? null,
    guardCell: (cell) => (cell.startsWith('=') ? `'${cell}` : cell),
    // What was written may be overwritten afterwards.
    write: (part) => {
      written.push(Buffer.from(part));
      return Promise.resolve();
    },
    patience,
    onGuess: (guessed) => {
      guess = guessed;
    },
  });
  const text = Buffer.concat(written).toString();
  const lines = text.split('\n').slice(0, -1);
  const objects = format === 'ndjson' ? lines.map((line): unknown => JSON.parse(line)) : [];
  return { text, lines, objects, counts, ids: tally.counts(), guess, waits };
}

// eslint-disable-next-line @typescript-eslint/require-await -- The file arrives asynchronously, as files do.
async function* inPieces(bytes: Buffer, length: number, onClosed?: () => void): AsyncGenerator<Buffer> {
  try {
    for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
  } finally {
    onClosed?.();
  }
}
