import { ANYONE, type Caller } from '../../graphql/index.js';

/** Who takes turns with others. */
export interface Taker {
  /** The ID of a caller, or an address, which never looks like one. */
  readonly id: string;
  /** Whether it may use the gateway. Others take turns as well, but nobody has to make room for them. */
  readonly isKnown: boolean;
}

/**
 * Who takes turns for a caller.
 *
 * @param caller `null`: it has not been accepted
 * @param address where the request comes from. Without access control, each address takes turns of its own
 */
export function takerOf(caller: Caller | null, address: string): Taker {
  return caller === null || caller === ANYONE
    ? { id: address, isKnown: caller !== null }
    : { id: caller.id, isKnown: true };
}
