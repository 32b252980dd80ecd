import type { ChildProcess } from 'node:child_process';

/** A connection that is handed to a worker, as Node.js has it; `close` does nothing the second time. */
interface Handle {
  close(callback?: () => void): void;
}

/**
 * Closes the connections that were handed to a worker which ended before it took them. Node.js forgets them, and their
 * clients would wait until they give up. It closes its own copy of those that were taken.
 */
export function closeUntakenConnections(worker: ChildProcess): void {
  const handed = new Set<Handle>();
  const send = worker.send.bind(worker) as (...message: unknown[]) => boolean;
  worker.send = (...message: unknown[]): boolean => {
    const [, handle] = message as [unknown, Handle | undefined];
    if (typeof handle?.close === 'function') follow(handle, handed);
    return send(...message);
  };
  worker.once('close', () => {
    for (const handle of [...handed]) handle.close();
  });
}

function follow(handle: Handle, handed: Set<Handle>): void {
  const close = handle.close.bind(handle);
  handed.add(handle);
  handle.close = (callback) => {
    handed.delete(handle);
    close(callback);
  };
}
