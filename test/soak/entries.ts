import { isSettled, type Asked, type Life } from './floors.js';

/** What may be seen of a segment's entry by hand: the number of the one that sets its name, or that none does. */
export type SeenEntry = number | 'none';

/** One change of an entry. Times are milliseconds since the epoch. */
interface Change {
  /** Counts the changes of the segment from 1. It is in the name that the change sets. */
  readonly number: number;
  readonly kind: 'set' | 'unset';
  readonly begunAt: number;
  /** Who has acknowledged it and when; `null`: it failed, or nobody knows. */
  acknowledged: { readonly at: number; readonly life: Life } | null;
}

/** Before the first change: there is no entry. */
const NO_ENTRY: Change = {
  number: 0,
  kind: 'unset',
  begunAt: 0,
  acknowledged: { at: 0, life: { gateway: -1, startedAt: 0 } },
};

/** What a change shows once it was made. */
const shownBy = ({ number, kind }: Change): SeenEntry => (kind === 'set' ? number : 'none');

/**
 * What was entered by hand for one segment. Changes of it are made one after the other. One that failed, or whose answer
 * was lost, may have been made or not: until that is known no other is begun.
 */
export class Entry {
  #changes: Change[] = [NO_ENTRY];
  #count = 0;
  #isBusy = false;

  /** Whether a change is under way, or one of which nobody knows whether it was made. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** What has to be seen in the end. */
  get last(): SeenEntry | 'in doubt' {
    const last = this.#changes.at(-1) ?? NO_ENTRY;
    return last.acknowledged === null ? 'in doubt' : shownBy(last);
  }

  /** Whether the last change set something. */
  get isSet(): boolean {
    return this.#changes.at(-1)?.kind === 'set';
  }

  /** Begins a change. @returns its number */
  begin(kind: 'set' | 'unset', now: number): number {
    this.#isBusy = true;
    this.#count += 1;
    this.#changes.push({ number: this.#count, kind, begunAt: now, acknowledged: null });
    return this.#count;
  }

  /** The change that was begun last was acknowledged. */
  acknowledge(life: Life, now: number): void {
    const last = this.#changes.at(-1);
    if (last !== undefined) last.acknowledged = { at: now, life };
    this.#isBusy = false;
    // Older ones may still be seen at other gateways for a moment.
    if (this.#changes.length > 40) this.#changes = this.#changes.slice(-20);
  }

  /** The change that was begun last was refused before anything was done. */
  withdraw(): void {
    this.#changes.pop();
    this.#isBusy = false;
  }

  /** What came of the change that was begun last is known: all gateways show this. */
  settle(seen: SeenEntry, life: Life, now: number): void {
    const made = this.#changes.findLast((change) => shownBy(change) === seen) ?? NO_ENTRY;
    this.#changes = [{ ...made, acknowledged: { at: now, life } }];
    this.#isBusy = false;
  }

  /** What an answer may show. */
  allowed({ life, from, to }: Omit<Asked, 'way'>): ReadonlySet<SeenEntry> {
    const binding = this.#changes.findLast(
      ({ acknowledged }) =>
        acknowledged !== null && acknowledged.at < from && isSettled(acknowledged, life, from),
    );
    const seen = new Set<SeenEntry>();
    for (const change of this.#changes) {
      if (change.number >= (binding?.number ?? 0) && change.begunAt <= to) seen.add(shownBy(change));
    }
    return seen;
  }
}
