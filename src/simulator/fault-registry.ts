import { callMatches, type CallFilter, type RecordedCall } from './call-log.js';
import type { ActiveFault, ChangeAction, Fault, FaultAction, ReplaceAction, WaitAction } from './faults.js';
import { seededRandom } from './sample-segments.js';
import type { SimulatorEndpoint } from './types.js';

const isWait = (action: FaultAction): action is WaitAction =>
  action.kind === 'delay' || action.kind === 'hold';
const CHANGES: ReadonlySet<string> = new Set<ChangeAction['kind']>([
  'truncate',
  'stall',
  'shift',
  'rows',
  'answer',
  'bytes',
]);
const isChange = (action: FaultAction): action is ChangeAction => CHANGES.has(action.kind);
const isReplacement = (action: FaultAction): action is ReplaceAction => !isWait(action) && !isChange(action);

/** The only endpoint that an action can affect; `undefined`: any. */
function endpointOf(kind: FaultAction['kind']): SimulatorEndpoint | undefined {
  if (kind === 'oauth-error') return 'token';
  return kind === 'shift' || kind === 'rows' ? 'mappings' : undefined;
}

class RegisteredFault implements ActiveFault {
  hits = 0;
  #matches = 0;
  /** When the calls of the last second arrived that were within `beyondPerSecond`. */
  #within: number[] = [];
  readonly fault: Fault;
  readonly #filter: CallFilter;
  readonly #random: () => number;
  readonly #onRemove: (registered: RegisteredFault) => void;

  constructor(fault: Fault, onRemove: (registered: RegisteredFault) => void) {
    this.fault = fault;
    const { endpoint, customer, destinationId, page } = fault;
    this.#filter = {
      ...(endpoint !== undefined && { endpoint }),
      ...(customer !== undefined && { customer }),
      ...(destinationId !== undefined && { destinationId }),
      ...(page !== undefined && { page }),
    };
    this.#random = seededRandom(fault.seed ?? 1);
    this.#onRemove = onRemove;
  }

  remove(): void {
    this.#onRemove(this);
  }

  /** Decides whether the fault affects a call, and counts the call if so. */
  affects(call: RecordedCall): boolean {
    const endpoint = endpointOf(this.fault.action.kind);
    if (endpoint !== undefined && endpoint !== call.endpoint) return false;
    if (!callMatches(call, this.#filter)) return false;
    this.#matches += 1;
    if (this.#matches <= (this.fault.after ?? 0)) return false;
    if (this.hits >= (this.fault.times ?? Infinity)) return false;
    if (this.#random() >= (this.fault.share ?? 1)) return false;
    if (this.#isWithinRate(call)) return false;
    this.hits += 1;
    return true;
  }

  #isWithinRate({ at }: RecordedCall): boolean {
    const { beyondPerSecond } = this.fault;
    if (beyondPerSecond === undefined) return false;
    this.#within = this.#within.filter((earlier) => at - earlier < 1_000);
    if (this.#within.length >= beyondPerSecond) return false;
    this.#within.push(at);
    return true;
  }
}

/** The active faults, oldest first. Asking for the actions of a call counts it as a hit of their faults. */
export class FaultRegistry {
  readonly #faults = new Set<RegisteredFault>();

  add(fault: Fault): ActiveFault {
    const registered = new RegisteredFault(fault, (removed) => this.#faults.delete(removed));
    this.#faults.add(registered);
    return registered;
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The waits before the response of a call. */
  waits(call: RecordedCall): WaitAction[] {
    return [...this.#actions(call, isWait)];
  }

  /** The action that replaces the response of a call; `undefined` if none does. */
  replacement(call: RecordedCall): ReplaceAction | undefined {
    // Takes only the first action: the generator stops there, so the other faults do not count the call.
    for (const action of this.#actions(call, isReplacement)) return action;
    return undefined;
  }

  /** The changes to the successful response of a call. */
  changes(call: RecordedCall): ChangeAction[] {
    return [...this.#actions(call, isChange)];
  }

  *#actions<A extends FaultAction>(
    call: RecordedCall,
    isOfKind: (action: FaultAction) => action is A,
  ): Generator<A> {
    for (const registered of this.#faults) {
      const { action } = registered.fault;
      if (isOfKind(action) && registered.affects(call)) yield action;
    }
  }
}
