/** One life of a gateway: from the start of its process to its end. Times are milliseconds since the epoch. */
export interface Life {
  readonly gateway: number;
  readonly startedAt: number;
}

/**
 * How an answer was made: from memory or from the storage. Either never goes back; a change that another gateway has
 * stored may be seen in the storage a moment before it is in memory.
 */
export type Way = 'memory' | 'storage';

/** How soon a gateway shows what another one has acknowledged, whatever has happened to the storage meanwhile. */
export const CATCH_UP_MS = 15_000;

interface Mark {
  readonly value: number;
  readonly at: number;
  readonly life: Life;
  /** `kept`: acknowledged as stored, so that no other gateway and no later life may be behind it for long. */
  readonly way: Way | 'kept';
}

/** Who asks: an answer is held against what was known before it was asked for. */
export interface Asked {
  readonly life: Life;
  readonly way: Way;
  /** When the question was sent and when the answer was there. */
  readonly from: number;
  readonly to: number;
}

const MAX_MARKS = 60;

/** Values that only grow, such as the version of a segment's name: how old an answer may be at most. */
export class Floors {
  readonly #marks = new Map<string, Mark[]>();

  /** An answer has shown, or acknowledged, a value. */
  raise(key: string, value: number, { life, way, to: at }: Omit<Asked, 'way'> & Pick<Mark, 'way'>): void {
    let marks = this.#marks.get(key);
    if (marks === undefined) this.#marks.set(key, (marks = []));
    if (marks.some((mark) => mark.value >= value && mark.life === life && mark.way === way)) return;
    marks.push({ value, at, life, way });
    if (marks.length > MAX_MARKS) marks.splice(0, MAX_MARKS / 2);
  }

  /**
   * The least value that an answer may have; `null`: none is known.
   *
   * @param which `shown`: leaves out what was acknowledged but not shown
   */
  below(key: string, { life, way, from }: Asked, which: 'all' | 'shown' = 'all'): number | null {
    let floor: number | null = null;
    for (const mark of this.#marks.get(key) ?? []) {
      if (which === 'shown' && mark.way === 'kept') continue;
      if (mark.at < from && (floor === null || mark.value > floor) && binds(mark, life, way, from)) {
        floor = mark.value;
      }
    }
    return floor;
  }

  /** Whether this life has shown a value before, in a way that is not ahead of this one. */
  hasShown(key: string, { life, way, from }: Asked): boolean {
    return (this.#marks.get(key) ?? []).some(
      (mark) =>
        mark.life === life &&
        mark.at < from &&
        (mark.way !== 'storage' || way === 'storage' || from > mark.at + CATCH_UP_MS),
    );
  }

  /** Forgets what was in the memory of gateways, of all keys that begin like this. */
  forgetMemory(prefix: string): void {
    for (const [key, marks] of this.#marks) {
      if (key.startsWith(prefix)) {
        this.#marks.set(
          key,
          marks.filter(({ way }) => way === 'kept'),
        );
      }
    }
  }

  /** Whether this life has shown a value before, or acknowledged it, for which it had to be in its memory. */
  hasInMemory(key: string, { life, from }: Omit<Asked, 'way'>): boolean {
    return (this.#marks.get(key) ?? []).some(
      (mark) => mark.life === life && mark.at < from && mark.way !== 'storage',
    );
  }

  /** What has raised a floor lately, for reports. */
  marksOf(key: string): readonly string[] {
    return (this.#marks.get(key) ?? [])
      .slice(-5)
      .map(
        ({ value, at, life, way }) =>
          `${value} at ${new Date(at).toISOString()}, ${way}, by gateway ${life.gateway} of ${new Date(life.startedAt).toISOString()}`,
      );
  }
}

function binds(mark: Mark, life: Life, way: Way, from: number): boolean {
  if (mark.life === life) return mark.way === way || mark.way === 'kept';
  return mark.way === 'kept' && isSettled(mark, life, from);
}

/** Whether what one life has acknowledged must be seen by another one by now. */
export function isSettled(
  mark: { readonly at: number; readonly life: Life },
  life: Life,
  now: number,
): boolean {
  return mark.life === life || life.startedAt > mark.at || now > mark.at + CATCH_UP_MS;
}
