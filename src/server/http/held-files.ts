import { MAX_FILE_BYTES } from '../../import-export/index.js';

/** Maximum size of all files that were received, in part or whole, and are not imported yet, in bytes. */
const MAX_HELD_BYTES = 2 * MAX_FILE_BYTES;

/** The same for the files of one caller, so that no caller keeps all others from sending files. */
const MAX_HELD_BYTES_OF_CALLER = MAX_FILE_BYTES;

/** The memory that one file takes. */
export interface HeldFile {
  /** Takes more memory. @returns `false` if there is no room for that; then nothing more is taken */
  grow(bytes: number): boolean;
  /** Gives all memory back. May be called again. */
  release(): void;
}

/** Bounds the memory of the files that are received: of all together, and of each caller. */
export class HeldFiles {
  #bytes = 0;
  readonly #byCaller = new Map<string, number>();

  /** A file of a caller, which takes no memory yet. */
  hold(caller: string): HeldFile {
    let held = 0;
    return {
      grow: (bytes) => {
        const ofCaller = this.#byCaller.get(caller) ?? 0;
        const fits = this.#bytes + bytes <= MAX_HELD_BYTES && ofCaller + bytes <= MAX_HELD_BYTES_OF_CALLER;
        if (fits) {
          held += bytes;
          this.#add(caller, bytes);
        }
        return fits;
      },
      release: () => {
        this.#add(caller, -held);
        held = 0;
      },
    };
  }

  #add(caller: string, bytes: number): void {
    this.#bytes += bytes;
    const ofCaller = (this.#byCaller.get(caller) ?? 0) + bytes;
    if (ofCaller === 0) this.#byCaller.delete(caller);
    else this.#byCaller.set(caller, ofCaller);
  }
}
