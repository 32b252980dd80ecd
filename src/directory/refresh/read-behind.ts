/** A reading that was asked for, and that nobody waits for. */
export interface DeferredReading {
  /** Unique among all readings. One that waits or is under way is not added again. */
  readonly key: string;
  /** Where it is read. */
  readonly host: string;
  readonly read: () => Promise<unknown>;
}

interface HostReadings {
  readonly waiting: Map<string, DeferredReading>;
  readonly underWay: Set<string>;
}

/**
 * Reads what a request has asked for without waiting for it: the first listings beyond those that a search waits for, and
 * details for long lists. A few are read at the same time from each host, the others wait in their order and take no
 * more memory than their names.
 */
export class ReadBehind {
  readonly #concurrency: number;
  readonly #hosts = new Map<string, HostReadings>();
  #isStopped = false;

  /** @param concurrency maximum number of readings under way at one host */
  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Does nothing after `stop`: requests are still answered then. */
  add(reading: DeferredReading): void {
    if (this.#isStopped) return;
    let readings = this.#hosts.get(reading.host);
    if (readings === undefined) {
      this.#hosts.set(reading.host, (readings = { waiting: new Map(), underWay: new Set() }));
    }
    if (readings.underWay.has(reading.key)) return;
    readings.waiting.set(reading.key, reading);
    this.#start(readings);
  }

  /** Begins no more readings. */
  stop(): void {
    this.#isStopped = true;
    for (const { waiting } of this.#hosts.values()) waiting.clear();
  }

  #start(readings: HostReadings): void {
    const { waiting, underWay } = readings;
    for (const [key, reading] of waiting) {
      if (underWay.size >= this.#concurrency) return;
      waiting.delete(key);
      underWay.add(key);
      const end = (): void => {
        underWay.delete(key);
        this.#start(readings);
      };
      // A failure is reported by the sync state and the log.
      reading.read().then(end, end);
    }
  }
}
