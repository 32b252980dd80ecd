import type { SimulatorDestination, SimulatorMapping } from './types.js';

/**
 * One change of a destination's mappings: a new mapping, other fields of one (another name, status `deleted` or
 * `active` again), or a mapping that is gone altogether, which not even a listing with deleted mappings shows.
 */
export type MappingEdit =
  | { readonly add: SimulatorMapping }
  | { readonly change: number; readonly fields: Readonly<Partial<Omit<SimulatorMapping, 'mappingId'>>> }
  | { readonly remove: number };

/** Changes the mappings of destinations and counts the changes. */
export class MappingEditor {
  readonly #counts = new WeakMap<SimulatorDestination, number>();

  /** How often the mappings of a destination were edited. */
  count(destination: SimulatorDestination): number {
    return this.#counts.get(destination) ?? 0;
  }

  /**
   * Makes all changes at once: a response shows either all of them or none.
   *
   * @param at the update time of changed mappings, in milliseconds since the epoch
   * @returns how often the destination was edited, this time included
   * @throws Error, with nothing changed, if there is no such mapping, or one with the ID of an added one
   */
  edit(destination: SimulatorDestination, edits: readonly MappingEdit[], at: number): number {
    destination.mappings = edits.reduce((mappings, edit) => edited(mappings, edit, at), destination.mappings);
    const count = this.count(destination) + 1;
    this.#counts.set(destination, count);
    return count;
  }
}

function edited(mappings: readonly SimulatorMapping[], edit: MappingEdit, at: number): SimulatorMapping[] {
  if ('add' in edit) {
    const { mappingId } = edit.add;
    if (mappings.some((each) => each.mappingId === mappingId))
      throw new Error(`There is a simulated mapping ${mappingId} already`);
    return [...mappings, edit.add];
  }
  const id = 'change' in edit ? edit.change : edit.remove;
  const index = mappings.findIndex(({ mappingId }) => mappingId === id);
  const mapping = mappings[index];
  if (mapping === undefined) throw new Error(`There is no simulated mapping ${id}`);
  return 'change' in edit
    ? mappings.with(index, { ...mapping, updateTime: at, ...edit.fields })
    : mappings.toSpliced(index, 1);
}
