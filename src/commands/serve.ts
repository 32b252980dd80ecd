import { configFilePath, loadConfig, ConfigError } from '../config/index.js';
import { Gateway } from '../gateway.js';
import type { LogLevel } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { onSignals } from './signals.js';

export interface ServeOptions {
  readonly config?: string;
  readonly insecure?: boolean;
  readonly logLevel?: LogLevel;
}

/** Runs the gateway until SIGTERM or SIGINT; SIGHUP rereads the configuration. */
export async function serve(options: ServeOptions, redactor: Redactor): Promise<void> {
  const file = configFilePath(options.config);
  const load = (): ReturnType<typeof loadConfig> => loadConfig(file, { insecure: options.insecure });
  const config = await load();
  const { logLevel = 'info' } = options;
  const gateway = await startGateway(() => Gateway.start(config, { logLevel, redactor }));
  // Whoever collects logs may not look at standard error, where it is told afterwards.
  process.prependListener('uncaughtException', (error) => {
    gateway.logger.fatal({ err: error }, 'a defect ends the gateway');
  });
  await onSignals(gateway.logger, {
    stop: () => gateway.stop(),
    reload: async () => {
      try {
        gateway.reload(await load());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        gateway.logger.error(
          { problems: error.problems },
          'configuration refused; the present one stays in force',
        );
      }
    },
  });
}

/** Starts a gateway, with an error that a person can act on when its address cannot be had. */
export async function startGateway(start: () => Promise<Gateway>): Promise<Gateway> {
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
        `Port ${port} of ${address} may not be used by this user: choose a listen.port above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandError('listen.host is not an address of this machine.');
    default:
      return null;
  }
}
