import { systemClock } from '../base/clock.js';
import { configFilePath } from '../config/index.js';
import type { LogLevel, Logger } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { reloadGateway } from './reload-gateway.js';
import { runUntilSignal } from './run-until-signal.js';
import { endSoon, type Signals } from './signals.js';
import { QUIET_MS, startGateway } from './start-gateway.js';
import { stopDelayMs } from './stop-delay.js';
import { WatchedConfig } from './watched-config.js';

/** Flags of `aam-gateway serve`. */
export interface ServeOptions {
  readonly config?: string;
  readonly insecure?: boolean;
  readonly logLevel?: LogLevel;
}

/** Runs the gateway until SIGTERM or SIGINT. SIGHUP reloads the configuration, and so does a changed file with `config.watch`. */
export async function serve(options: ServeOptions, redactor: Redactor, signals: Signals): Promise<void> {
  let log: Logger | null = null;
  // It would end the process. Who sends it does not always know how many workers there are, as with `--workers auto`.
  process.on('SIGUSR2', () => log?.info('there are no workers to replace'));
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
    (signal) => Gateway.start(config, { logLevel, redactor, quietMs: QUIET_MS, signal }),
    signals,
    config.shutdown.limitMs,
  ).catch((error: unknown) => {
    endSoon();
    throw error;
  });
  if (gateway === null) return;
  const { logger } = gateway;
  log = logger;
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
      reload: () => reloadGateway(gateway, () => watched.load(), signals.stopping),
      watch: (requestReload) => watched.start(requestReload),
    },
    signals,
  );
}
