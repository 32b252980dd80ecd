const CENSOR = '[redacted]';

/** Shorter values would blank out ordinary words of a log, so they are left to redaction by path. */
const SHORTEST_SECRET = 4;

/**
 * Knows the values that must never be written anywhere (passwords, client secrets, tokens) and blanks
 * them out of a text, whichever way they were encoded into it.
 */
export class Redactor {
  readonly #uses = new Map<string, number>();
  #pattern: RegExp | null | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** From now on `secret` is blanked out. Adding it twice needs removing it twice. */
  add(secret: string): void {
    if (secret.length < SHORTEST_SECRET) return;
    this.#uses.set(secret, (this.#uses.get(secret) ?? 0) + 1);
    this.#pattern = undefined;
  }

  /** Forgets a secret that is no longer valid. */
  remove(secret: string): void {
    const uses = this.#uses.get(secret);
    if (uses === undefined) return;
    if (uses > 1) this.#uses.set(secret, uses - 1);
    else this.#uses.delete(secret);
    this.#pattern = undefined;
  }

  /** `text` with every known secret replaced. */
  redact(text: string): string {
    if (this.#pattern === undefined) this.#pattern = this.#compile();
    if (this.#pattern === null) return text;
    let redacted = '';
    let done = 0;
    for (const { index, 1: secret = '' } of text.matchAll(this.#pattern)) {
      if (index >= done) redacted += text.slice(done, index) + CENSOR;
      done = Math.max(done, index + secret.length);
    }
    return redacted + text.slice(done);
  }

  #compile(): RegExp | null {
    const spellings = new Set<string>();
    for (const secret of this.#uses.keys()) {
      for (const spelling of spellingsOf(secret)) spellings.add(spelling);
    }
    if (spellings.size === 0) return null;
    const longestFirst = [...spellings].sort((a, b) => b.length - a.length);
    // A look-ahead matches where a secret begins inside another one too: of two that overlap, both go.
    return new RegExp(`(?=(${longestFirst.map(escapeRegExp).join('|')}))`, 'g');
  }
}

/** As it is, inside JSON, inside JSON inside JSON, inside a URL or form, and in Base64 on its own. */
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
  ];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
