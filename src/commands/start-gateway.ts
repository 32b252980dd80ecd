import type { Gateway } from '../gateway.js';
import { CommandError } from './command-error.js';
import { endSoon, type Signals } from './signals.js';

/**
 * For how long a gateway that starts lists only what somebody waits for, in milliseconds: whoever asks for names after a restart
 * has the processors and the database to itself.
 */
export const QUIET_MS = 1_000;

/**
 * Starts a gateway.
 *
 * @param signals tell it to stop before its start is over
 * @param limitMs how long the start may then take to end, in milliseconds; what does not end is given up
 * @returns `null` if it was told to stop
 * @throws {CommandError} with a remedy if it cannot listen on the configured address
 */
export async function startGateway(
  start: (signal: AbortSignal) => Promise<Gateway>,
  signals: Pick<Signals, 'stopping'>,
  limitMs: number,
): Promise<Gateway | null> {
  const { stopping } = signals;
  const starting = start(stopping);
  try {
    const gateway = await unlessStopped(starting, stopping, limitMs);
    if (gateway !== null && stopping.aborted) await gateway.stop();
    if (!stopping.aborted) return gateway;
  } catch (error) {
    if (!stopping.aborted) throw listenError(error) ?? error;
  }
  endSoon();
  return null;
}

/** @returns `null` if the start was told to stop and has not ended in time */
async function unlessStopped(
  starting: Promise<Gateway>,
  stopping: AbortSignal,
  limitMs: number,
): Promise<Gateway | null> {
  let timer: NodeJS.Timeout | undefined;
  let startTimer = (): void => undefined;
  const givenUp = new Promise<null>((resolve) => {
    startTimer = () => {
      timer = setTimeout(() => resolve(null), limitMs);
    };
  });
  if (stopping.aborted) startTimer();
  else stopping.addEventListener('abort', startTimer);
  try {
    return await Promise.race([starting, givenUp]);
  } finally {
    stopping.removeEventListener('abort', startTimer);
    clearTimeout(timer);
  }
}

function listenError(error: unknown): CommandError | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const { address = '', port = '' } = error as { address?: string; port?: number };
  switch (error.code) {
    case 'EADDRINUSE':
      return new CommandError(
        `Port ${port} of ${address} is in use: stop the other program, or choose another listen.port (0 picks a free one).`,
      );
    case 'EACCES':
      return new CommandError(
        `This user may not listen on port ${port} of ${address}: choose a listen.port above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandError('listen.host is not an address of this machine.');
    default:
      return null;
  }
}
