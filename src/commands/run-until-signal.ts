import type { Logger } from '../telemetry/logs.js';

/** What a long-running command does on signals. */
interface SignalActions {
  /** Called for the first SIGTERM or SIGINT. */
  readonly stop: () => Promise<void>;
  /** Called for SIGHUP. Default: `stop`. */
  readonly reload?: () => Promise<void>;
}

/**
 * Resolves when SIGTERM or SIGINT was received and `stop` is done. A second signal exits the process at once. Each
 * SIGHUP calls `reload`, never two at the same time.
 */
export function runUntilSignal(logger: Logger, actions: SignalActions): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    let reloads = Promise.resolve();
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(1);
      isStopping = true;
      logger.info({ signal }, 'stopping; send the signal again to exit at once');
      actions.stop().then(resolve, reject);
    };
    const { reload } = actions;
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', () => {
      if (reload === undefined) stop('SIGHUP');
      else reloads = reloads.then(reload).catch(reject);
    });
  });
}
