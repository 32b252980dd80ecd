import type { SegmentIdType } from '../../segments/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { FoundId } from './found.js';
import { IdEvidenceCounter, type IdEvidence } from './id-evidence.js';

interface LookupCounterOptions {
  readonly customerId: string;
  readonly destinationId: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Counts the lookups of one destination in the metrics, and what IDs of unstated kind turn out to be. */
export class LookupCounter {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #labels: { readonly customer: string; readonly destination: string };
  readonly #evidence = new IdEvidenceCounter();
  #isEvidenceLogged = false;

  constructor({ customerId, destinationId, metrics, logger }: LookupCounterOptions) {
    this.#metrics = metrics;
    this.#logger = logger;
    this.#labels = { customer: customerId, destination: destinationId };
  }

  /** What the IDs of lookups under AUTO have turned out to be since the start. */
  get evidence(): IdEvidence {
    return this.#evidence.evidence;
  }

  /**
   * Counts the results of a lookup.
   *
   * @param isAuto whether the kind of the IDs was not stated
   * @param isStale whether the snapshot is older than the ttl
   */
  count(results: readonly FoundId[], isAuto: boolean, isStale: boolean): void {
    const found = new Map<SegmentIdType, number>();
    const notFound = new Map<Exclude<FoundId['status'], 'FOUND'>, number>();
    for (const result of results) {
      if (result.status === 'FOUND') found.set(result.idType, (found.get(result.idType) ?? 0) + 1);
      else notFound.set(result.status, (notFound.get(result.status) ?? 0) + 1);
    }
    for (const [status, count] of notFound) this.#countNotFound(status, count, isAuto);
    this.countFound(found, isAuto, isStale);
  }

  /** Counts lookups that found a segment. @param found their number by the kind of identifier that was found */
  countFound(found: ReadonlyMap<SegmentIdType, number>, isAuto: boolean, isStale: boolean): void {
    let total = 0;
    for (const [idType, count] of found) {
      total += count;
      if (!isAuto) continue;
      this.#evidence.addFound(idType, count);
      this.#metrics.autoLookups.inc({ ...this.#labels, id_type: idType }, count);
    }
    if (total === 0) return;
    this.#metrics.lookups.inc({ outcome: isStale ? 'stale' : 'fresh' }, total);
    if (isAuto && !this.#isEvidenceLogged) this.#logClearEvidence();
  }

  #countNotFound(status: Exclude<FoundId['status'], 'FOUND'>, count: number, isAuto: boolean): void {
    const isAmbiguous = status === 'AMBIGUOUS';
    this.#metrics.lookups.inc({ outcome: isAmbiguous ? 'ambiguous' : 'unknown' }, count);
    if (!isAuto || status === 'UNCHECKED') return;
    if (isAmbiguous) this.#evidence.addAmbiguous(count);
    else this.#evidence.addUnknown(count);
    this.#metrics.autoLookups.inc({ ...this.#labels, id_type: isAmbiguous ? 'ambiguous' : 'unknown' }, count);
  }

  #logClearEvidence(): void {
    const { counts, suggestion } = this.evidence;
    if (suggestion === null) return;
    this.#isEvidenceLogged = true;
    const all = counts.reduce((sum, { count }) => sum + count, 0);
    this.#logger.info(
      { ...this.#labels, found: all, segmentIdType: suggestion },
      `${counts[0]?.count ?? 0} of ${all} IDs that were found are of the kind ${suggestion}; write segmentIdType: ${suggestion}`,
    );
  }
}
