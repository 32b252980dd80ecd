import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Duration of a sample, in milliseconds. */
const SAMPLE_MS = 1_000;

/** How often the delay is measured in a sample, in milliseconds. */
const RESOLUTION_MS = 10;

/** So many samples in a row must exceed the limit. One is a pause, which is over when it is known. */
const SAMPLES_IN_A_ROW = 2;

/**
 * Tells whether the event loop is behind: the mean delay of the last two samples, of a second each, exceeded a limit. After
 * a single pause, such as that of a machine that was suspended, requests find a process that has time for them.
 */
export class EventLoopLag {
  readonly #limitMs: number;
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout | null;
  /** By `performance.now()`. */
  #sampleBeganAt = performance.now();
  #slowSamples = 0;

  /** @param limitMs limit of the mean delay, in milliseconds; 0: the event loop is never behind */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = limitMs === 0 ? null : setInterval(() => this.#endSample(), SAMPLE_MS).unref();
    if (this.#timer !== null) this.#histogram.enable();
  }

  /** Whether the event loop is behind. */
  get isBehind(): boolean {
    return this.#slowSamples >= SAMPLES_IN_A_ROW;
  }

  /** Ends the measurement. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#histogram.disable();
    this.#slowSamples = 0;
  }

  #endSample(): void {
    const { mean } = this.#histogram;
    this.#histogram.reset();
    const now = performance.now();
    // The histogram leaves out the first turn of a sample: without a measurement, that one took all of it.
    const delayMs = Number.isNaN(mean) ? now - this.#sampleBeganAt : mean / 1e6 - RESOLUTION_MS;
    this.#sampleBeganAt = now;
    this.#slowSamples = delayMs > this.#limitMs ? this.#slowSamples + 1 : 0;
  }
}
