import { systemClock } from '../base/clock.js';
import { ConfigError, type Config } from '../config/index.js';
import type { Gateway } from '../gateway.js';
import type { Logger } from '../telemetry/logs.js';
import type { ReloadOutcome } from '../telemetry/configuration-state.js';
import { NO_RELOAD } from './run-until-signal.js';

/** Applies a changed configuration, unless the gateway is stopping. If that fails, the previous one stays in effect. */
export async function reloadGateway(
  gateway: Gateway,
  load: () => Config | Promise<Config>,
  stopping: AbortSignal,
): Promise<void> {
  const { logger, metrics } = gateway;
  try {
    const config = await load();
    if (stopping.aborted) {
      logger.info(NO_RELOAD);
      return;
    }
    gateway.reload(config);
    metrics.reloaded('applied', systemClock.now());
  } catch (error) {
    metrics.reloaded(reportNotReloaded(error, logger), systemClock.now());
  }
}

/** Logs why a configuration was not reloaded. @returns the outcome that is counted */
export function reportNotReloaded(error: unknown, logger: Logger): ReloadOutcome {
  if (error instanceof ConfigError) {
    logger.error({ problems: error.problems }, 'configuration refused; the previous one stays in effect');
    return 'refused';
  }
  logger.error(
    { err: error },
    'internal error while reloading, a bug in the gateway: the configuration may be in effect in part; restart it',
  );
  return 'failed';
}
