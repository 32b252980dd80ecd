import type { Logger } from '../telemetry/logs.js';
import { Circuit, type HostAnswer } from './circuit.js';
import { Pace, type PaceOptions, type PacedCall } from './pace.js';

export interface HostOptions extends PaceOptions {
  /** For how long a host may refuse all calls with 429 before calls fail, in milliseconds. */
  readonly patienceMs: number;
  /** Called when calls to the host are paused. */
  readonly onPause: (reason: PauseReason) => void;
  /** Called when the host answers again after it had not. */
  readonly onRecovery: () => void;
}

/** Why calls to a host are paused: it limits the rate of calls, or it does not answer. */
export type PauseReason = 'rate_limited' | 'circuit';

const PAUSED: Readonly<Record<PauseReason, string>> = {
  circuit: 'Audience Manager does not answer: calls to this host are paused',
  rate_limited:
    'Audience Manager limits the rate of calls: calls to this host are paused and made more slowly',
};

/** For how long a host may answer all calls with 429 before they fail, in milliseconds. */
export const PATIENCE_MS = 2 * 60_000;

/** Why a call that waits fails without being made. */
export type HostRefusal = 'circuit_open' | 'rate_limited';

/** A call that has begun. */
export interface HostCall extends PacedCall {
  /** Whether its outcome closes the circuit or opens it again. */
  readonly triesCircuit: boolean;
}

/** What a call said about its host. */
export interface CallVerdict {
  /** For the circuit. */
  readonly answer: HostAnswer;
  /** Whether the host has answered in any way, and if so, whether with 429. */
  readonly pace: 'accepted' | 'refused' | 'unanswered';
  /** The pause that a 429 asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** When one host may be called: its circuit and its pace. */
export class Host {
  readonly #options: HostOptions;
  readonly #circuit: Circuit;
  readonly #pace: Pace;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#circuit = new Circuit({
      clock: options.clock,
      onOpen: () => options.onPause('circuit'),
      onClose: options.onRecovery,
    });
    this.#pace = new Pace(options);
  }

  /** Milliseconds until the next call may begin; infinite while the outcome of another call decides that. */
  get waitMs(): number {
    return this.#circuit.isTrying ? Number.POSITIVE_INFINITY : this.#pace.waitMs;
  }

  /** Why no call is made at the moment, and none waits. */
  get refusal(): HostRefusal | null {
    return this.#circuit.isOpen ? 'circuit_open' : null;
  }

  /** Begins a call, for which `waitMs` is 0. */
  begin(): HostCall {
    const triesCircuit = this.#circuit.begin();
    return { ...this.#pace.begin(), triesCircuit };
  }

  /** Ends a call. @returns why all calls that wait fail now; `null` if they go on waiting */
  end(call: HostCall, { answer, pace, retryAfterMs }: CallVerdict): HostRefusal | null {
    this.#circuit.end(call.triesCircuit, answer);
    if (pace === 'accepted') this.#pace.accepted(call);
    else if (pace === 'unanswered') this.#pace.unanswered(call);
    else if (this.#pace.refused(call, retryAfterMs)) {
      this.#options.onPause('rate_limited');
      if (this.#pace.refusedForMs >= this.#options.patienceMs) return 'rate_limited';
    }
    return this.refusal;
  }
}

/** A host whose pauses are logged. */
export function loggedHost(
  host: string,
  { logger, onPause, ...options }: Omit<HostOptions, 'onRecovery'> & { readonly logger: Logger },
): Host {
  return new Host({
    ...options,
    onPause: (reason) => {
      onPause(reason);
      logger.warn({ host }, PAUSED[reason]);
    },
    onRecovery: () => logger.info({ host }, 'Audience Manager answers again'),
  });
}
