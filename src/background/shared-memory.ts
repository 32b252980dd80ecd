import type { SnapshotParts } from '../directory/index.js';
import { detachBuffers } from '../base/detach-buffers.js';
import { buffersOf, isOwn } from '../segments/index.js';

/**
 * Of what is of no use any more. What a refresh of every destination replaces is most of the garbage that there is,
 * but the snapshots of a large account are many times as much.
 */
const MAX_GARBAGE_BYTES = 64 * 1024 * 1024;

/** Buffers of a snapshot that one thread alone has. */
export function ownBuffers({ segments, byId }: SnapshotParts): ArrayBuffer[] {
  return [...buffersOf(segments), byId.slots.buffer].filter(isOwn);
}

/** The same snapshot in memory that threads share; it takes the place of the other one. */
export function shared(parts: SnapshotParts): SnapshotParts {
  const { segments, byId } = parts;
  const copy = {
    ...parts,
    segments: { bytes: sharedCopy(segments.bytes), starts: sharedNumbers(segments.starts) },
    byId: { ...byId, slots: sharedNumbers(byId.slots) },
  };
  detachBuffers(ownBuffers(parts));
  return copy;
}

/**
 * How much of the shared memory is garbage. The collector does not count shared memory, and so does not stop the
 * thread each time that a few snapshots have been replaced; but nor does it make haste when there is a lot of it.
 */
export class SharedMemory {
  #garbage = 0;
  readonly #collected = new FinalizationRegistry((bytes: number) => {
    this.#garbage -= bytes;
  });

  /** Whether the next snapshot may be in shared memory: one that the collector counts makes it look for the others. */
  get hasRoom(): boolean {
    return this.#garbage < MAX_GARBAGE_BYTES;
  }

  /** Another snapshot takes the place of this one. */
  replaced({ segments: { bytes, starts }, byId }: SnapshotParts): void {
    if (isOwn(bytes)) return;
    const all = bytes.byteLength + starts.byteLength + byId.slots.byteLength;
    this.#garbage += all;
    this.#collected.register(bytes, all);
  }
}

function sharedCopy(buffer: ArrayBufferLike): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

function sharedNumbers(numbers: Uint32Array): Uint32Array {
  const copy = new Uint32Array(new SharedArrayBuffer(numbers.byteLength));
  copy.set(numbers);
  return copy;
}
