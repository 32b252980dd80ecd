interface HeldBody {
  /** The body, if several answers can share it. */
  readonly shared: Buffer | null;
  readonly bytes: number;
  holders: number;
}

/** Adds up the bodies of answers that are being sent. A body that several answers share counts once. */
export class HeldBodies {
  readonly #byHolder = new Map<object, HeldBody>();
  readonly #shared = new Map<Buffer, HeldBody>();
  #size = 0;

  /** Size of all bodies, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Whether this body is held already. Texts are never shared. */
  has(body: string | Buffer): boolean {
    return typeof body !== 'string' && this.#shared.has(body);
  }

  /** Size of the body that `holder` holds, in bytes. */
  sizeOf(holder: object): number {
    return this.#byHolder.get(holder)?.bytes ?? 0;
  }

  /** Holds a body until `release`. A holder holds one body at most. */
  add(holder: object, body: string | Buffer, bytes: number): void {
    const shared = typeof body === 'string' ? null : body;
    let held = shared === null ? undefined : this.#shared.get(shared);
    if (held === undefined) {
      held = { shared, bytes, holders: 0 };
      this.#size += bytes;
      if (shared !== null) this.#shared.set(shared, held);
    }
    held.holders += 1;
    this.#byHolder.set(holder, held);
  }

  /** Lets go of what `holder` holds, if anything. */
  release(holder: object): void {
    const held = this.#byHolder.get(holder);
    if (held === undefined) return;
    this.#byHolder.delete(holder);
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#size -= held.bytes;
    if (held.shared !== null) this.#shared.delete(held.shared);
  }
}
