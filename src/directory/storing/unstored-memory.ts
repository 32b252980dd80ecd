import type { ListingMemory, Priority } from '../../audience-manager/index.js';

interface UnstoredMemoryOptions {
  /** `cache.maxMemory`, in bytes. */
  readonly maxBytes: number;
  /** Called when listings have become fewer or smaller. */
  readonly onFreed: () => void;
}

/** Even with a small cache, some listings of common size may be read at the same time. */
const MIN_BYTES = 16 * 1024 * 1024;

/** What a listing is expected to take until one was read; about a thousand segments. */
const FIRST_ESTIMATE = 256 * 1024;

/** Weight of the last listing in the average. */
const LAST_SHARE = 0.2;

/** While a listing is read and compared there are two copies of it. */
const COPIES = 2;

/**
 * What listings take in memory from their first call until they are stored. Scheduled and searched ones may begin while
 * all take less than half of `cache.maxMemory`, so reading slows down to the speed of storing. One that a lookup waits for
 * may begin while they take less than all of it. One listing may always be read.
 */
export class UnstoredMemory {
  readonly #options: UnstoredMemoryOptions;
  /** Of all listings, those included that are being read. */
  #bytes = 0;
  /** Of listings that wait to be stored. */
  #backlog = { listings: 0, bytes: 0 };
  /** What one copy of a listing took on average. */
  #average = FIRST_ESTIMATE;

  constructor(options: UnstoredMemoryOptions) {
    this.#options = options;
  }

  /** What all listings take, those included that are being read, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Listings that wait to be stored, and what they take. */
  get backlog(): { readonly listings: number; readonly bytes: number } {
    return this.#backlog;
  }

  /** Whether storing is more urgent than reading. */
  get isTight(): boolean {
    return this.#backlog.bytes > this.#options.maxBytes / 4;
  }

  /** Whether no further listing should wait to be stored. */
  get isFull(): boolean {
    return this.#backlog.bytes > this.#options.maxBytes;
  }

  /**
   * The share of a listing that is going to be read.
   *
   * @param expected what it will probably take, in bytes; 0: not known
   */
  share(expected: number): ListingShare {
    // A listing that is larger than all may take waits for others, but not until there are none.
    const bytes = (expected > 0 ? expected : this.#average) * COPIES;
    const estimate = Math.min(bytes, this.#limit('scheduled') / 2);
    return new ListingShare({
      hasRoom: (priority) => this.#bytes === 0 || this.#bytes + estimate <= this.#limit(priority),
      estimate,
      onChange: (change) => this.#changed(change),
      onSize: (size) => {
        this.#average += (size - this.#average) * LAST_SHARE;
      },
    });
  }

  #limit(priority: Priority): number {
    const most = Math.max(MIN_BYTES * 2, this.#options.maxBytes);
    return priority === 'lookup' ? most : most / 2;
  }

  #changed({ before, after, isRead, wasRead }: ShareChange): void {
    this.#bytes += after - before;
    const { listings, bytes } = this.#backlog;
    this.#backlog = {
      listings: listings + Number(isRead) - Number(wasRead),
      bytes: bytes + (isRead ? after : 0) - (wasRead ? before : 0),
    };
    if (after < before) this.#options.onFreed();
  }
}

/** A change of what a listing takes, in bytes, and of whether it waits to be stored. */
interface ShareChange {
  readonly before: number;
  readonly after: number;
  readonly wasRead: boolean;
  readonly isRead: boolean;
}

interface ListingShareOptions {
  readonly hasRoom: (priority: Priority) => boolean;
  readonly estimate: number;
  readonly onChange: (change: ShareChange) => void;
  /** Called once when it is known what one copy of the listing takes, in bytes. */
  readonly onSize: (bytes: number) => void;
}

/** What one listing takes in memory. */
export class ListingShare implements ListingMemory {
  readonly #options: ListingShareOptions;
  #bytes = 0;
  #pageBytes = 0;
  #isRead = false;
  #isReleased = false;
  #isMeasured = false;

  constructor(options: ListingShareOptions) {
    this.#options = options;
  }

  hasRoom(priority: Priority): boolean {
    return this.#options.hasRoom(priority);
  }

  get isTaken(): boolean {
    return this.#bytes > 0;
  }

  take(): void {
    this.#set(Math.max(this.#bytes, this.#options.estimate), false);
  }

  begin(): void {
    this.#pageBytes = 0;
  }

  add(bytes: number): void {
    this.#pageBytes += bytes;
    this.#set(Math.max(this.#bytes, this.#pageBytes * COPIES), false);
  }

  /** The whole listing is there and takes so many bytes; further ones are expected to take as many. */
  measure(bytes: number): void {
    if (!this.#isMeasured) this.#options.onSize(bytes);
    this.#isMeasured = true;
  }

  /** The whole listing waits to be stored and takes so many bytes. */
  read(bytes: number): void {
    this.measure(bytes);
    this.#set(bytes, true);
  }

  /** The listing is stored, or will never be. */
  release(): void {
    this.#set(0, false);
    this.#isReleased = true;
  }

  #set(after: number, isRead: boolean): void {
    // When one page of a listing fails, others may arrive later. Nobody would release what they take.
    if (this.#isReleased) return;
    const [before, wasRead] = [this.#bytes, this.#isRead];
    this.#bytes = after;
    this.#isRead = isRead;
    this.#options.onChange({ before, after, wasRead, isRead });
  }
}
