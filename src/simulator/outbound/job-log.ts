import type { SimulatorDestination } from '../types.js';
import type { OutboundJob } from './types.js';

/** What one simulator has sent. Destinations may be shared with other simulators. */
export class JobLog {
  readonly #sent = new WeakMap<SimulatorDestination, OutboundJob[]>();

  add(destination: SimulatorDestination, job: OutboundJob): void {
    const jobs = this.#sent.get(destination) ?? [];
    this.#sent.set(destination, [...jobs, job]);
  }

  /** What the destination says was sent to it, and what this simulator has sent. */
  of(destination: SimulatorDestination): readonly OutboundJob[] {
    return [...(destination.jobs ?? []), ...(this.#sent.get(destination) ?? [])];
  }
}
