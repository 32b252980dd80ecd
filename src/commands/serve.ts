import { configFilePath, loadConfig, ConfigError } from '../config/index.js';
import { Gateway } from '../gateway.js';
import type { LogLevel } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { runUntilSignal } from './run-until-signal.js';
import { startGateway } from './start-gateway.js';

/** Flags of `aam-gateway serve`. */
export interface ServeOptions {
  readonly config?: string;
  readonly insecure?: boolean;
  readonly logLevel?: LogLevel;
}

/** Runs the gateway until SIGTERM or SIGINT. SIGHUP reloads the configuration. */
export async function serve(options: ServeOptions, redactor: Redactor): Promise<void> {
  const file = configFilePath(options.config);
  const load = (): ReturnType<typeof loadConfig> => loadConfig(file, { insecure: options.insecure });
  const config = await load();
  const { logLevel = 'info' } = options;
  const gateway = await startGateway(() => Gateway.start(config, { logLevel, redactor }));
  // main.ts reports the error on standard error, which is often not collected, so it is logged as well.
  process.prependListener('uncaughtException', (error) => {
    gateway.logger.fatal({ err: error }, 'the gateway exits because of an internal error');
  });
  await runUntilSignal(gateway.logger, {
    stop: () => gateway.stop(),
    reload: async () => {
      try {
        gateway.reload(await load());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        gateway.logger.error(
          { problems: error.problems },
          'configuration refused; the previous one stays in effect',
        );
      }
    },
  });
}
