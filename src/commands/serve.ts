import { systemClock } from '../base/clock.js';
import {
  configFilePath,
  isLoopback,
  longestDelayMs,
  ConfigError,
  type AccessConfig,
  type Config,
} from '../config/index.js';
import type { Gateway } from '../gateway.js';
import type { LogLevel } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { NO_RELOAD, runUntilSignal } from './run-until-signal.js';
import { endSoon, type Signals } from './signals.js';
import { startGateway } from './start-gateway.js';
import { WatchedConfig } from './watched-config.js';

/** Flags of `aam-gateway serve`. */
export interface ServeOptions {
  readonly config?: string;
  readonly insecure?: boolean;
  readonly logLevel?: LogLevel;
}

/** How long load balancers have by default to notice that the gateway is about to stop, in milliseconds. */
const DEFAULT_DELAY_MS = 5_000;

/** Runs the gateway until SIGTERM or SIGINT. SIGHUP reloads the configuration, and so does a changed file with `config.watch`. */
export async function serve(options: ServeOptions, redactor: Redactor, signals: Signals): Promise<void> {
  const { insecure } = options;
  const watched = new WatchedConfig(configFilePath(options.config), { insecure }, systemClock);
  const config = await signals.unlessStopped(watched.load());
  if (config === null) {
    endSoon();
    return;
  }
  const { logLevel = 'info' } = options;
  // Only now, so that a mistake in the configuration is told sooner.
  const { Gateway } = await import('../gateway.js');
  const gateway = await startGateway(
    (signal) => Gateway.start(config, { logLevel, redactor, signal }),
    signals,
    config.shutdown.limitMs,
  ).catch((error: unknown) => {
    endSoon();
    throw error;
  });
  if (gateway === null) return;
  const { logger } = gateway;
  // main.ts reports the error on standard error, which is often not collected, so it is logged as well.
  process.prependListener('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'the gateway exits because of an internal error');
  });
  await runUntilSignal(
    logger,
    {
      stop: () => {
        watched.stop();
        return gateway.stop({ delayMs: stopDelayMs(config, gateway.access, process.stdout.isTTY) });
      },
      reload: () => reload(gateway, () => watched.load(), signals.stopping),
      watch: (requestReload) => watched.start(requestReload),
    },
    signals,
  );
}

/** Applies a changed configuration, unless the gateway is stopping. If that fails, the previous one stays in effect. */
async function reload(gateway: Gateway, load: () => Promise<Config>, stopping: AbortSignal): Promise<void> {
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
    const isRefused = error instanceof ConfigError;
    metrics.reloaded(isRefused ? 'refused' : 'failed', systemClock.now());
    if (isRefused) {
      logger.error({ problems: error.problems }, 'configuration refused; the previous one stays in effect');
    } else {
      logger.error(
        { err: error },
        'internal error while reloading, a bug in the gateway: the configuration may be in effect in part; restart it',
      );
    }
  }
}

/**
 * How long requests are accepted after SIGTERM. Somebody at a terminal, or alone on this machine, waits for nothing.
 *
 * @param access the access control that is in force
 */
function stopDelayMs({ shutdown, listen }: Config, access: AccessConfig | null, isTerminal: boolean): number {
  if (shutdown.delayMs !== null) return shutdown.delayMs;
  const isServing = access !== null || !isLoopback(listen.host);
  return isServing && !isTerminal ? Math.min(DEFAULT_DELAY_MS, longestDelayMs(shutdown.limitMs)) : 0;
}
