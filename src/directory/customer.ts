/**
 * A company whose Audience Manager account sends segments to us.
 *
 * @typeParam TDestination always `Destination`; a parameter, because that class refers to this one
 */
export class Customer<TDestination> {
  readonly id: string;
  readonly name: string;
  /** By ID, in the order of the configuration. */
  readonly destinations: ReadonlyMap<string, TDestination>;

  constructor(id: string, name: string, destinations: ReadonlyMap<string, TDestination>) {
    this.id = id;
    this.name = name;
    this.destinations = destinations;
  }
}
