import { MessageChannel } from 'node:worker_threads';

/** Messages posted to `port1` are dropped at once, because the other end is closed. */
const { port1: closedPort, port2: otherEnd } = new MessageChannel();
otherEnd.close();

/**
 * Frees the memory of buffers at once instead of at the next garbage collection. Using a buffer afterwards is a bug:
 * it is detached and has a length of 0. Buffers that are detached already are ignored.
 *
 * Without this, refreshes of large destinations trigger long garbage collections, which delay lookups. See
 * docs/decisions/0015-detached-buffers-no-shared-memory.md. Transferring a buffer to a closed port detaches it; `ArrayBuffer.prototype.transfer`
 * would be the direct way, but Node.js 20 does not have it.
 */
export function detachBuffers(buffers: readonly ArrayBuffer[]): void {
  const attached = [...new Set(buffers)].filter(({ byteLength }) => byteLength > 0);
  closedPort.postMessage(null, attached);
}
