import type { Change } from './change-words.js';

/** The kinds of change, from what says most of an act to what says least. The rest is told as from what to what. */
const KINDS: readonly Change['kind'][] = [
  'CREATED',
  'REMOVED',
  'RESTORED',
  'RENAMED',
  'DESCRIBED',
  'STATUS_CHANGED',
];

/**
 * One change for each act: what was changed of a segment at one time is several changes, each with all that the segment had
 * after the act.
 *
 * @param changes newest first
 */
export function actsOf(changes: readonly Change[]): readonly Change[] {
  const acts = new Map<string, Change>();
  for (const change of changes) {
    const key = `${change.segmentId} ${actOf(change)}`;
    const known = acts.get(key);
    if (known === undefined || KINDS.indexOf(change.kind) < KINDS.indexOf(known.kind)) acts.set(key, change);
  }
  return [...acts.values()];
}

/** The change before each one in the history of one segment, by the ID of the change; none before the oldest. */
export function changesBefore(history: readonly Change[]): ReadonlyMap<string, Change> {
  const before = new Map<string, Change>();
  for (const [index, change] of history.entries()) {
    const act = actOf(change);
    const earlier = history.slice(index + 1).find((each) => actOf(each) !== act);
    if (earlier !== undefined) before.set(change.id, earlier);
  }
  return before;
}

/** Names the act that a change of a segment is a part of. */
function actOf({ at, by, name, description, status, source }: Change): string {
  return JSON.stringify([at, by, name, description, status, source]);
}
