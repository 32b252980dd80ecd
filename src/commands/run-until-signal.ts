import type { Logger } from '../telemetry/logs.js';
import { endSoon, type Signals } from './signals.js';

/** What a long-running command does on signals. */
interface SignalActions {
  /** Called for the first SIGTERM or SIGINT. */
  readonly stop: () => Promise<void>;
  /** Called for SIGHUP. Default: `stop`. */
  readonly reload?: () => Promise<void>;
  /** Called once. The function that it gets asks for a reload as SIGHUP does. */
  readonly watch?: (requestReload: () => void) => void;
}

export const NO_RELOAD = 'the configuration is not reloaded any more: the gateway is stopping';

/**
 * Resolves when SIGTERM or SIGINT was received and `stop` is done. SIGHUP calls `reload`, never two at the same time;
 * those that arrive during a reload become one more. Signals that arrived earlier are obeyed now.
 */
export function runUntilSignal(logger: Logger, actions: SignalActions, signals: Signals): Promise<void> {
  const { stop, reload, watch } = actions;
  return new Promise((resolve, reject) => {
    let isStopping = false;
    let isReloading = false;
    let isDue = false;
    const reloadAll = async (): Promise<void> => {
      while (isDue && !isStopping) {
        isDue = false;
        await reload?.();
      }
      isReloading = false;
    };
    const requestReload = (): void => {
      if (isStopping) {
        logger.info(NO_RELOAD);
        return;
      }
      isDue = true;
      if (isReloading) return;
      isReloading = true;
      reloadAll().catch(reject);
    };
    watch?.(requestReload);
    signals.listen({
      onStop: (signal) => {
        isStopping = true;
        logger.info({ signal }, 'stopping; send the signal again to exit at once');
        stop().finally(endSoon).then(resolve, reject);
      },
      onReload: reload === undefined ? null : requestReload,
    });
  });
}
