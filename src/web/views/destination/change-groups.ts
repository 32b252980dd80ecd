import type { Change } from '../../parts/change-words.js';

/** Kinds of change that come in masses, for example when a destination is read for the first time. */
const MASS_KINDS = ['CREATED', 'REMOVED', 'RESTORED'] as const;

type MassKind = (typeof MASS_KINDS)[number];

/** From how many changes on they are told in one line. */
const MANY = 4;

/** Many changes of one kind that were made at one time. */
export interface MassChange {
  readonly isMany: true;
  readonly kind: MassKind;
  readonly changes: readonly Change[];
}

/** Changes that follow one another. */
export type ChangeGroup = MassChange | { readonly isMany: false; readonly changes: readonly Change[] };

/** The changes of a day. */
export interface ChangedDay {
  readonly day: string;
  readonly groups: readonly ChangeGroup[];
}

/** Puts changes together by day, and in it those of one kind that were made at one time. */
export function groupedByDay(
  changes: readonly Change[],
  dayOf: (change: Change) => string,
): readonly ChangedDay[] {
  return runsOf(changes, (a, b) => dayOf(a) === dayOf(b)).map((ofDay) => ({
    day: ofDay[0] === undefined ? '' : dayOf(ofDay[0]),
    groups: runsOf(ofDay, isSameAct).map(groupOf),
  }));
}

function isSameAct(a: Change, b: Change): boolean {
  return a.kind === b.kind && a.at === b.at && a.by === b.by;
}

function groupOf(changes: readonly Change[]): ChangeGroup {
  const kind = MASS_KINDS.find((each) => each === changes[0]?.kind);
  return kind !== undefined && changes.length >= MANY
    ? { isMany: true, kind, changes }
    : { isMany: false, changes };
}

function runsOf<T>(items: readonly T[], isSame: (a: T, b: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && isSame(last, item)) run.push(item);
    else runs.push([item]);
  }
  return runs;
}
