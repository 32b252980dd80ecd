import type { SimulatorEndpoint } from './types.js';

/** One request that arrived. */
export interface RecordedCall {
  /** Milliseconds since the epoch, by the simulator's clock. */
  at: number;
  method: string;
  /** With its query string. */
  path: string;
  /** Absent where nothing lives at the path. */
  endpoint?: SimulatorEndpoint;
  /** The key of the customer whose credentials or token were sent, also if they were refused. */
  customer?: string;
  destinationId?: string;
  grantType?: 'password' | 'refresh_token' | 'client_credentials';
  /** The page asked for; absent where the call asked for no paging. */
  page?: number;
  /** 0 until it is answered, and for good where a fault kept the answer back. */
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** Which calls are meant: those that agree with every property given. */
export interface CallFilter {
  endpoint?: SimulatorEndpoint;
  customer?: string;
  destinationId?: string | number;
  grantType?: string;
  page?: number;
  status?: number;
}

interface Waiter {
  filter: CallFilter;
  resolve: (call: RecordedCall) => void;
}

/** Whether a call agrees with the filter. */
export function callMatches(call: RecordedCall, filter: CallFilter): boolean {
  return (
    (filter.endpoint === undefined || filter.endpoint === call.endpoint) &&
    (filter.customer === undefined || filter.customer === call.customer) &&
    (filter.destinationId === undefined || String(filter.destinationId) === call.destinationId) &&
    (filter.grantType === undefined || filter.grantType === call.grantType) &&
    (filter.page === undefined || filter.page === call.page) &&
    (filter.status === undefined || filter.status === call.status)
  );
}

/** Remembers the calls and tells those who wait for one. */
export class CallLog {
  readonly calls: RecordedCall[] = [];
  readonly #waiters = new Set<Waiter>();

  add(call: RecordedCall): void {
    this.calls.push(call);
    for (const waiter of [...this.#waiters]) {
      if (!callMatches(call, waiter.filter)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(call);
    }
  }

  count(filter: CallFilter): number {
    return this.calls.filter((call) => callMatches(call, filter)).length;
  }

  /** The next call to arrive that agrees with the filter. */
  next(filter: CallFilter): Promise<RecordedCall> {
    return new Promise((resolve) => {
      this.#waiters.add({ filter, resolve });
    });
  }

  clear(): void {
    this.calls.length = 0;
  }
}
