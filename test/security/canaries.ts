import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** Characters that JSON, URLs, forms and shells write in other ways. */
const AWKWARD = `"\\ 'é&=%+/`;

/** Secrets that stand nowhere else, and the search for them in whatever came out. */
export class Canaries {
  readonly #names = new Map<string, string>();

  /** A new one that only survives where it is handled with care. */
  awkward(name: string): string {
    return this.add(name, `${unlikeAnyOther()}${AWKWARD}`);
  }

  /** A new one of letters and digits, as headers can carry it. */
  plain(name: string): string {
    return this.add(name, unlikeAnyOther());
  }

  /** One that somebody else has made. */
  add(name: string, secret: string): string {
    this.#names.set(secret, name);
    return secret;
  }

  /** Which of them are in these texts, where and how written. */
  foundIn(places: Readonly<Record<string, string>>): string[] {
    return Array.from(this.#names, ([secret, name]) => ({ name, spellings: spellingsOf(secret) })).flatMap(
      ({ name, spellings }) =>
        Object.entries(places).flatMap(([place, text]) =>
          Object.entries(spellings)
            .filter(([, spelling]) => text.includes(spelling))
            .map(([spelling]) => `${name} in ${place}, ${spelling}`),
        ),
    );
  }

  /** All of them, for a server or a mistake that repeats what it knows. */
  get all(): readonly string[] {
    return [...this.#names.keys()];
  }
}

function unlikeAnyOther(): string {
  return `canary${randomBytes(12).toString('hex')}`;
}

function spellingsOf(secret: string): Record<string, string> {
  const json = JSON.stringify(secret).slice(1, -1);
  return {
    'as it is': secret,
    'in JSON': json,
    'in JSON in JSON': JSON.stringify(json).slice(1, -1),
    'as Node.js shows it': inspect(secret).slice(1, -1),
    'in a URL': encodeURIComponent(secret),
    'in a URL by its parser': new URL(`x://h/?${secret}`).search.slice(1),
    'in a form': new URLSearchParams([['', secret]]).toString().slice(1),
    ...base64Of(secret),
  };
}

/** Wherever it begins in what is encoded: such as behind `clientId:`, in a Basic header. */
function base64Of(secret: string): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2].flatMap((shift) => {
      const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
      // The first characters depend on what stands before it.
      const first = Math.ceil((shift * 8) / 6);
      return (['base64', 'base64url'] as const).map((encoding) => [
        `in ${encoding} behind ${shift}`,
        whole.toString(encoding).slice(first),
      ]);
    }),
  );
}
