const REPLACEMENT = '[redacted]';

/**
 * Shorter values are not redacted by value: they would redact ordinary words. Property names still apply to
 * them.
 */
const MIN_SECRET_LENGTH = 4;

/** Number of characters that are hashed together. No encoded form of a secret is shorter. */
const BLOCK_LENGTH = MIN_SECRET_LENGTH;

/**
 * Maximum length of the prefixes in the index. A longer prefix allows longer shifts, but takes longer to
 * index.
 */
const MAX_PREFIX_LENGTH = 32;

/** Minimum length of a piece of Base64 that is redacted. Shorter pieces could be ordinary words. */
const MIN_BASE64_LENGTH = 8;

/** Number of different block hashes; a power of two. */
const HASH_COUNT = 2 ** 16;

/**
 * The encoded forms of all secrets, indexed by a prefix of equal length, so that one pass over a text finds
 * all of them and skips most positions. Source: S. Wu and U. Manber, "A fast algorithm for multi-pattern
 * searching", 1994.
 */
interface PatternIndex {
  /** Length of the prefixes: the length of the shortest form, but at most `MAX_PREFIX_LENGTH`. */
  readonly prefixLength: number;
  /**
   * By the hash of a block: how many characters after this block the next prefix can end. 0: one may end
   * here.
   */
  readonly shifts: Uint8Array;
  /** Encoded forms by the hash of the last block of their prefix, longest form first. */
  readonly forms: ReadonlyMap<number, readonly string[]>;
}

/**
 * Removes known secrets (passwords, client secrets, tokens) from texts, in every encoding that is likely to
 * occur.
 */
export class Redactor {
  /** How often each secret was added. */
  readonly #uses = new Map<string, number>();
  /** `null`: there are no secrets. `undefined`: has to be built from the current secrets. */
  #index: PatternIndex | null | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Starts to redact a secret. A secret that is added twice has to be removed twice. */
  add(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH) return;
    this.#uses.set(secret, (this.#uses.get(secret) ?? 0) + 1);
    this.#index = undefined;
  }

  /** Stops to redact a secret that is no longer valid. */
  remove(secret: string): void {
    const uses = this.#uses.get(secret);
    if (uses === undefined) return;
    if (uses > 1) this.#uses.set(secret, uses - 1);
    else this.#uses.delete(secret);
    this.#index = undefined;
  }

  /** @returns `text` with every known secret replaced by `[redacted]` */
  redact(text: string): string {
    if (this.#index === undefined) this.#index = indexOf(this.#uses.keys());
    if (this.#index === null) return text;
    const { prefixLength, shifts, forms } = this.#index;
    let redacted = '';
    /** Everything before this position is copied or replaced. */
    let done = 0;
    let end = prefixLength;
    while (end <= text.length) {
      const hash = hashAt(text, end - BLOCK_LENGTH);
      const shift = shifts[hash] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const start = end - prefixLength;
      end += 1;
      const found = forms.get(hash)?.find((form) => text.startsWith(form, start));
      if (found === undefined) continue;
      // The search goes on inside the secret that was found: of two secrets that overlap, both are replaced.
      if (start >= done) redacted += text.slice(done, start) + REPLACEMENT;
      done = Math.max(done, start + found.length);
    }
    return done === 0 ? text : redacted + text.slice(done);
  }
}

function indexOf(secrets: Iterable<string>): PatternIndex | null {
  const all = new Set<string>();
  for (const secret of secrets) for (const form of encodedForms(secret)) all.add(form);
  if (all.size === 0) return null;
  const prefixLength = Math.min(MAX_PREFIX_LENGTH, ...Array.from(all, (form) => form.length));
  const shifts = new Uint8Array(HASH_COUNT).fill(prefixLength - BLOCK_LENGTH + 1);
  const forms = new Map<number, string[]>();
  for (const form of [...all].sort((a, b) => b.length - a.length)) {
    for (let position = 0; position < prefixLength - BLOCK_LENGTH; position += 1) {
      const hash = hashAt(form, position);
      shifts[hash] = Math.min(shifts[hash] ?? 0, prefixLength - BLOCK_LENGTH - position);
    }
    const hash = hashAt(form, prefixLength - BLOCK_LENGTH);
    shifts[hash] = 0;
    const sameHash = forms.get(hash);
    if (sameHash === undefined) forms.set(hash, [form]);
    else sameHash.push(form);
  }
  return { prefixLength, shifts, forms };
}

/** The hash of the block that starts at a position. */
function hashAt(text: string, position: number): number {
  return (
    (text.charCodeAt(position) ^
      (text.charCodeAt(position + 1) << 4) ^
      (text.charCodeAt(position + 2) << 8) ^
      (text.charCodeAt(position + 3) << 11)) &
    (HASH_COUNT - 1)
  );
}

/** A secret as it is, in JSON, in JSON inside JSON, in a URL, in a form and in Base64. */
function encodedForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    form,
    Buffer.from(secret).toString('base64'),
    ...[1, 2].map((offset) => base64At(secret, offset)).filter((piece) => piece.length >= MIN_BASE64_LENGTH),
  ];
}

/**
 * The part of the Base64 of a longer text (such as `client:secret`) that is determined by the secret alone,
 * without the characters that also encode bits of its neighbours.
 *
 * @param offset number of bytes in front of the secret, modulo 3
 */
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  return whole.toString('base64').slice(offset + 1);
}
