import type { DestinationDetails, Priority, RefreshPriority } from '../../audience-manager/index.js';
import type { DestinationConfig } from '../../config/index.js';
import type { SegmentIdType } from '../../segments/index.js';
import type { DestinationDetailsCache } from '../refresh/destination-details-cache.js';
import { dependsOnDetails, kindsFor, type IdKinds } from '../snapshot/id-kinds.js';

interface DestinationKindsOptions {
  readonly details: DestinationDetailsCache;
  readonly settings: () => DestinationConfig;
  /** Whether there is API access; without it nothing is read. */
  readonly isAutomatic: () => boolean;
}

/** How the IDs of one destination are to be understood. That depends on its settings and its details. */
export class DestinationKinds {
  readonly #options: DestinationKindsOptions;
  /** The kinds by the type that a lookup states, for these settings and details. */
  #cached: {
    readonly settings: DestinationConfig;
    readonly details: DestinationDetails | null;
    readonly byType: Map<SegmentIdType, IdKinds>;
  } | null = null;

  constructor(options: DestinationKindsOptions) {
    this.#options = options;
  }

  /**
   * The kinds to try for the IDs of a lookup. A promise while the destination's details are read for the first time, for
   * `lookupTimeout` at most.
   *
   * @param idType the kind that the lookup states; default: the one in the destination's settings
   * @param priority of the first reading of the details
   */
  get(
    idType?: SegmentIdType | null,
    priority: Priority | RefreshPriority = 'lookup',
  ): IdKinds | Promise<IdKinds> {
    const type = idType ?? this.#options.settings().segmentIdType;
    if (!dependsOnDetails(type) || !this.#options.isAutomatic()) return this.present(type);
    const { details: cache } = this.#options;
    const details = this.#isListEnough(type) ? cache.get(priority) : cache.getComplete(priority);
    return details instanceof Promise ? details.then(() => this.present(type)) : this.present(type);
  }

  /** Whether the kinds of the settings depend on details that were not read yet. */
  get needsDetails(): boolean {
    const type = this.#options.settings().segmentIdType;
    if (!dependsOnDetails(type) || !this.#options.isAutomatic()) return false;
    const { isKnown, isComplete } = this.#options.details;
    return this.#isListEnough(type) ? !isKnown : !isComplete;
  }

  /**
   * Whether the kinds are right with what a list of destinations says, so that nothing has to be read. Which identifiers
   * cookies and URLs carry depends on further fields.
   */
  #isListEnough(idType: SegmentIdType): boolean {
    const type = this.#options.settings().type ?? this.#options.details.known?.type ?? 'UNKNOWN';
    return idType === 'AUTO' && type !== 'COOKIE' && type !== 'URL' && type !== 'UNKNOWN';
  }

  /** The same according to what is known now. Reads nothing. */
  present(idType?: SegmentIdType): IdKinds {
    const { known } = this.#options.details;
    const settings = this.#options.settings();
    const type = idType ?? settings.segmentIdType;
    if (this.#cached?.settings !== settings || this.#cached.details !== known) {
      this.#cached = { settings, details: known, byType: new Map() };
    }
    const { byType } = this.#cached;
    let kinds = byType.get(type);
    if (kinds === undefined) byType.set(type, (kinds = kindsFor(settings, known, type)));
    return kinds;
  }
}
