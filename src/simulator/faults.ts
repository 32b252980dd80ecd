import { callMatches, type CallFilter, type RecordedCall } from './calls.js';
import type { SimulatorEndpoint, SimulatorMapping } from './types.js';

/** What goes wrong. */
export type FaultAction =
  /** An error with a JSON body, or the HTML page of a proxy. `retryAfter` is the raw header. */
  | {
      kind: 'status';
      status: number;
      retryAfter?: string;
      html?: boolean;
      body?: string;
      headers?: Record<string, string>;
    }
  /** The connection is reset before an answer. */
  | { kind: 'reset' }
  /** Half of a good body, then the connection ends. */
  | { kind: 'truncate' }
  /** No answer until the simulator stops or the client leaves. */
  | { kind: 'hang' }
  /** A good answer, `ms` milliseconds late. */
  | { kind: 'delay'; ms: number }
  /** A good answer, worked out and sent once the promise settles. */
  | { kind: 'hold'; until: Promise<void> }
  /** 200 with that body: not JSON, or JSON of the wrong shape. JSON by its content type unless said otherwise. */
  | { kind: 'body'; body: string; contentType?: string }
  /** 200 with a body of so many bytes (before compression) that starts like a list of mappings, of no stated length. */
  | { kind: 'huge'; bytes: number }
  /** 302. */
  | { kind: 'redirect'; location: string }
  /** An OAuth2 error of a token endpoint. Default status: 401 for invalid_client and unauthorized, else 400. */
  | { kind: 'oauth-error'; error: string; status?: number; description?: string }
  /** Once this list of mappings is made, the destination's mappings change: rows shift between two pages. */
  | { kind: 'shift'; add?: SimulatorMapping[]; remove?: number[] }
  /** Changes the rows of a list of mappings. */
  | { kind: 'rows'; transform: (rows: unknown[]) => unknown[] }
  /** Changes a good JSON answer as a whole. */
  | { kind: 'answer'; transform: (answer: unknown) => unknown };

/**
 * A fault and the calls it strikes: those that agree with every filter given, after the first `after`
 * of them, `times` times (default: for ever). `page` strikes only calls with paging options.
 * Faults add up, except that of those which replace the answer only the oldest strikes. Those that
 * change a good answer (`truncate`, `shift`, `rows`, `answer`) leave errors alone and do not wear out on them.
 */
export interface Fault {
  endpoint?: SimulatorEndpoint;
  customer?: string;
  destinationId?: number;
  page?: number;
  times?: number;
  after?: number;
  action: FaultAction;
}

/** A fault in force. */
export interface ActiveFault {
  remove(): void;
  /** How often it struck. */
  readonly hits: number;
}

type Kind = FaultAction['kind'];
export type WaitAction = Extract<FaultAction, { kind: 'delay' | 'hold' }>;
export type ChangeAction = Extract<FaultAction, { kind: 'truncate' | 'shift' | 'rows' | 'answer' }>;
export type ReplaceAction = Exclude<FaultAction, WaitAction | ChangeAction>;

const isWait = (action: FaultAction): action is WaitAction =>
  action.kind === 'delay' || action.kind === 'hold';
const isChange = (action: FaultAction): action is ChangeAction =>
  action.kind === 'truncate' || action.kind === 'shift' || action.kind === 'rows' || action.kind === 'answer';
const isReplacement = (action: FaultAction): action is ReplaceAction => !isWait(action) && !isChange(action);

/** The one endpoint that an action makes sense for. */
function endpointOf(kind: Kind): SimulatorEndpoint | undefined {
  if (kind === 'oauth-error') return 'token';
  return kind === 'shift' || kind === 'rows' ? 'mappings' : undefined;
}

class Entry implements ActiveFault {
  hits = 0;
  #seen = 0;
  readonly fault: Fault;
  readonly #filter: CallFilter;
  readonly #onRemove: (entry: Entry) => void;

  constructor(fault: Fault, onRemove: (entry: Entry) => void) {
    this.fault = fault;
    const { endpoint, customer, destinationId, page } = fault;
    this.#filter = {
      ...(endpoint !== undefined && { endpoint }),
      ...(customer !== undefined && { customer }),
      ...(destinationId !== undefined && { destinationId }),
      ...(page !== undefined && { page }),
    };
    this.#onRemove = onRemove;
  }

  remove(): void {
    this.#onRemove(this);
  }

  /** Whether it strikes this call; counts the hit. */
  strikes(call: RecordedCall): boolean {
    const endpoint = endpointOf(this.fault.action.kind);
    if (endpoint !== undefined && endpoint !== call.endpoint) return false;
    if (!callMatches(call, this.#filter)) return false;
    this.#seen += 1;
    if (this.#seen <= (this.fault.after ?? 0)) return false;
    if (this.hits >= (this.fault.times ?? Infinity)) return false;
    this.hits += 1;
    return true;
  }
}

/** The faults in force, oldest first. */
export class Faults {
  readonly #entries = new Set<Entry>();

  add(fault: Fault): ActiveFault {
    const entry = new Entry(fault, (removed) => this.#entries.delete(removed));
    this.#entries.add(entry);
    return entry;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** What the call has to wait for. */
  waits(call: RecordedCall): WaitAction[] {
    return [...this.#strike(call, isWait)];
  }

  /** What comes instead of the call's answer. */
  replacement(call: RecordedCall): ReplaceAction | undefined {
    for (const action of this.#strike(call, isReplacement)) return action;
    return undefined;
  }

  /** What is done to the call's good answer. */
  changes(call: RecordedCall): ChangeAction[] {
    return [...this.#strike(call, isChange)];
  }

  *#strike<A extends FaultAction>(
    call: RecordedCall,
    is: (action: FaultAction) => action is A,
  ): Generator<A> {
    for (const entry of this.#entries) {
      const { action } = entry.fault;
      if (is(action) && entry.strikes(call)) yield action;
    }
  }
}
