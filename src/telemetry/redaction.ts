const CENSOR = '[redacted]';

/** Shorter values would blank out ordinary words of a log, so they are left to redaction by path. */
const MIN_SECRET_LENGTH = 4;

/**
 * Spellings of secrets, so that a text is looked through once however many there are, and not at every place. Source:
 * S. Wu and U. Manber, "A fast algorithm for multi-pattern searching", 1994.
 */
interface Index {
  /** Of the shortest spelling. Of all, only so much of the beginning is looked for at first. */
  readonly length: number;
  /** By the hash of four characters: how far from them the next beginning of that length can end. */
  readonly shifts: Uint8Array;
  /** By the hash of the last four characters of their beginnings; longest first. */
  readonly spellings: ReadonlyMap<number, readonly string[]>;
}

/**
 * Knows the values that must never be written anywhere (passwords, client secrets, tokens) and blanks
 * them out of a text, whichever way they were encoded into it.
 */
export class Redactor {
  readonly #uses = new Map<string, number>();
  #index: Index | null | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** From now on `secret` is blanked out. Adding it twice needs removing it twice. */
  add(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH) return;
    this.#uses.set(secret, (this.#uses.get(secret) ?? 0) + 1);
    this.#index = undefined;
  }

  /** Forgets a secret that is no longer valid. */
  remove(secret: string): void {
    const uses = this.#uses.get(secret);
    if (uses === undefined) return;
    if (uses > 1) this.#uses.set(secret, uses - 1);
    else this.#uses.delete(secret);
    this.#index = undefined;
  }

  /** `text` with every known secret replaced. */
  redact(text: string): string {
    if (this.#index === undefined) this.#index = indexOf(this.#uses.keys());
    if (this.#index === null) return text;
    const { length, shifts, spellings } = this.#index;
    let redacted = '';
    let done = 0;
    let end = length;
    while (end <= text.length) {
      const hash = hashAt(text, end - BLOCK);
      const shift = shifts[hash] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const place = end - length;
      end += 1;
      const found = spellings.get(hash)?.find((spelling) => text.startsWith(spelling, place));
      if (found === undefined) continue;
      // One that begins inside another is looked for too: of two that overlap, both go.
      if (place >= done) redacted += text.slice(done, place) + CENSOR;
      done = Math.max(done, place + found.length);
    }
    return done === 0 ? text : redacted + text.slice(done);
  }
}

function indexOf(secrets: Iterable<string>): Index | null {
  const all = new Set<string>();
  for (const secret of secrets) for (const spelling of spellingsOf(secret)) all.add(spelling);
  if (all.size === 0) return null;
  const length = Math.min(MAX_PREFIX_LENGTH, ...Array.from(all, (spelling) => spelling.length));
  const shifts = new Uint8Array(HASHES).fill(length - BLOCK + 1);
  const spellings = new Map<number, string[]>();
  for (const spelling of [...all].sort((a, b) => b.length - a.length)) {
    for (let place = 0; place < length - BLOCK; place += 1) {
      const hash = hashAt(spelling, place);
      shifts[hash] = Math.min(shifts[hash] ?? 0, length - BLOCK - place);
    }
    const hash = hashAt(spelling, length - BLOCK);
    shifts[hash] = 0;
    const alike = spellings.get(hash);
    if (alike === undefined) spellings.set(hash, [spelling]);
    else alike.push(spelling);
  }
  return { length, shifts, spellings };
}

const HASHES = 2 ** 16;

/** Characters that are looked at together: no spelling is shorter. */
const BLOCK = MIN_SECRET_LENGTH;

/** More would leap farther than is worth the time to index it. */
const MAX_PREFIX_LENGTH = 32;

/** Of the four characters from a place on. */
function hashAt(text: string, place: number): number {
  return (
    (text.charCodeAt(place) ^
      (text.charCodeAt(place + 1) << 4) ^
      (text.charCodeAt(place + 2) << 8) ^
      (text.charCodeAt(place + 3) << 11)) &
    (HASHES - 1)
  );
}

/** As it is, inside JSON, inside JSON inside JSON, inside a URL or form, and in Base64. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    form,
    Buffer.from(secret).toString('base64'),
    ...[1, 2].map((before) => base64Behind(secret, before)).filter((each) => each.length >= SHORTEST_BASE64),
  ];
}

/** Shorter pieces of Base64 could be ordinary words. */
const SHORTEST_BASE64 = 8;

/**
 * What is sure to stand in the Base64 of a longer text (such as a client with its secret) in which so many bytes
 * stand before the secret, or three, six, … more: all but the characters that it shares with its neighbours.
 */
function base64Behind(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  return whole.toString('base64').slice(before + 1);
}
