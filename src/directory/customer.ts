import type { Destination } from './destination.js';

/** A company whose AAM account sends us segments. */
export class Customer {
  readonly id: string;
  readonly name: string;
  /** In the order of the configuration. */
  readonly destinations: ReadonlyMap<string, Destination>;

  constructor(id: string, name: string, destinations: ReadonlyMap<string, Destination>) {
    this.id = id;
    this.name = name;
    this.destinations = destinations;
  }
}
