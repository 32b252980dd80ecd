import type { SimulatorEndpoint, SimulatorMapping } from './types.js';

/** What goes wrong. */
export type FaultAction =
  /** An error response with a JSON body, an HTML page or the given body. `retryAfter` is the raw header. */
  | {
      kind: 'status';
      status: number;
      retryAfter?: string;
      html?: boolean;
      body?: string;
      headers?: Record<string, string>;
    }
  /** The connection is reset before the response. */
  | { kind: 'reset' }
  /** The first half of the normal body, then the connection ends. */
  | { kind: 'truncate' }
  /** The first half of the normal body, then nothing until the simulator stops or the client disconnects. */
  | { kind: 'stall' }
  /** No response until the simulator stops or the client disconnects. */
  | { kind: 'hang' }
  /** The normal response, `ms` milliseconds late. */
  | { kind: 'delay'; ms: number }
  /** The normal response, computed and sent after the promise has settled. */
  | { kind: 'hold'; until: Promise<void> }
  /** Status 200 with the given body, such as invalid JSON. Default content type: JSON. */
  | { kind: 'body'; body: string; contentType?: string }
  /**
   * Status 200 with a body of `bytes` bytes (before compression) that starts like a list of mappings. There is no
   * content-length header.
   */
  | { kind: 'huge'; bytes: number }
  /** Status 302. */
  | { kind: 'redirect'; location: string }
  /** An OAuth2 error of a token endpoint. Default status: 401 for invalid_client and unauthorized, else 400. */
  | { kind: 'oauth-error'; error: string; status?: number; description?: string }
  /** Changes the destination's mappings after a list of them was computed, so that they shift between two pages. */
  | { kind: 'shift'; add?: SimulatorMapping[]; remove?: number[] }
  /** Changes the mappings in a list of mappings. */
  | { kind: 'rows'; transform: (rows: unknown[]) => unknown[] }
  /** Changes the whole JSON body of a successful response. */
  | { kind: 'answer'; transform: (answer: unknown) => unknown }
  /** Changes the bytes of a successful response before compression, and its content type if one is given. */
  | { kind: 'bytes'; transform: (bytes: Buffer) => Buffer; contentType?: string };

/** Actions that wait before the response. */
export type WaitAction = Extract<FaultAction, { kind: 'delay' | 'hold' }>;
/** Actions that change a successful response. */
export type ChangeAction = Extract<
  FaultAction,
  { kind: 'truncate' | 'stall' | 'shift' | 'rows' | 'answer' | 'bytes' }
>;
/** Actions that replace the response. */
export type ReplaceAction = Exclude<FaultAction, WaitAction | ChangeAction>;

/**
 * A fault and the calls that it affects.
 *
 * Several faults can affect one call, but of those that replace the response only the oldest does. Faults that change
 * a successful response (`truncate`, `stall`, `shift`, `rows`, `answer`, `bytes`) ignore error responses and do not
 * count them.
 */
export interface Fault {
  /** Filters: the fault affects only calls that match all of them. `page` excludes calls without paging options. */
  endpoint?: SimulatorEndpoint;
  customer?: string;
  destinationId?: number;
  page?: number;
  /** How many calls it affects. Default: all. */
  times?: number;
  /** How many matching calls pass before the first affected one. Default: 0. */
  after?: number;
  /** Affects only this share of the calls that are left, at random: 0 to 1. Default: 1, each of them. */
  share?: number;
  /** Affects only the calls beyond so many in any second, as a server does that limits the rate of calls. */
  beyondPerSecond?: number;
  /** Starts the random numbers of `share`: the same seed selects the same calls. Default: 1. */
  seed?: number;
  action: FaultAction;
}

/** A fault that was added to the simulator. */
export interface ActiveFault {
  remove(): void;
  /** Number of affected calls so far. */
  readonly hits: number;
}
