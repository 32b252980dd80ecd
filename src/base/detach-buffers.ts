import { MessageChannel } from 'node:worker_threads';

/** Where messages go that nobody will ever read. */
const { port1: nowhere, port2: reader } = new MessageChannel();
reader.close();

/**
 * Gives the memory of buffers back at once; nothing can be read from them any more. Left alone, those of many listings
 * would make the garbage collector stop the thread for each few of them, though it has nothing else to collect.
 */
export function detachBuffers(buffers: readonly ArrayBuffer[]): void {
  // The buffers of a message belong to whoever reads it.
  nowhere.postMessage(
    null,
    [...new Set(buffers)].filter(({ byteLength }) => byteLength > 0),
  );
}
