import { boundHeapGrowth } from '../base/heap-growth.js';
import type { Gateway } from '../gateway.js';
import { CommandError } from './command-error.js';

/** Starts a gateway. @throws {CommandError} with a remedy if it cannot listen on the configured address. */
export async function startGateway(start: () => Promise<Gateway>): Promise<Gateway> {
  boundHeapGrowth();
  try {
    return await start();
  } catch (error) {
    throw listenError(error) ?? error;
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
