import type { SimulatorEndpoint } from './types.js';

/** A request that the simulator received. */
export interface RecordedCall {
  /** When the request arrived: milliseconds since the epoch, by the simulator's clock. */
  at: number;
  method: string;
  /** Path with query string. */
  path: string;
  /** Absent if the path is unknown. */
  endpoint?: SimulatorEndpoint;
  /** The key of the customer whose credentials or token were sent, even if they were rejected. */
  customer?: string;
  destinationId?: string;
  grantType?: 'password' | 'refresh_token' | 'client_credentials';
  /** The requested page, starting at 0; absent if the request has no paging options. */
  page?: number;
  /** The status of the response. 0 until the response is sent, and forever if a fault suppresses the response. */
  status: number;
  /**
   * How often `edit` had changed the destination when the response was computed. Absent if the call is not about a
   * destination, or a fault replaces the response.
   */
  edits?: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** Selects calls. A call matches if it equals the filter in every property that the filter has. */
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

/** Whether a call matches a filter. */
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

/** Records calls, and resolves the promises of callers that wait for one. */
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

  /** Resolves with the next call that matches the filter. Calls that were recorded before do not count. */
  next(filter: CallFilter): Promise<RecordedCall> {
    return new Promise((resolve) => {
      this.#waiters.add({ filter, resolve });
    });
  }

  clear(): void {
    this.calls.length = 0;
  }
}
