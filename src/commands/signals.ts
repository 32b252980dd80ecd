import type { Logger } from '../telemetry/logs.js';

export interface SignalActions {
  readonly stop: () => Promise<void>;
  readonly reload?: () => Promise<void>;
}

/**
 * Resolves once SIGTERM or SIGINT has led to a complete stop. A second one quits at once. SIGHUP reloads,
 * one after the other.
 */
export function onSignals(logger: Logger, actions: SignalActions): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    let reloads = Promise.resolve();
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(1);
      stopping = true;
      logger.info({ signal }, 'stopping; the same signal again quits at once');
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
