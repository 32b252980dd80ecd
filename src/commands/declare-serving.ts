import { Option } from 'commander';
import { LOG_LEVELS } from '../telemetry/logs.js';
import { CONFIG_FLAG, parsePort, type CommandLine } from './command-line.js';
import type { DemoOptions } from './demo.js';
import type { ServeOptions } from './serve.js';
import type { SimulateOptions } from './simulate.js';

/** Declares the commands that run a server. */
export function declareServing({ command, print, redactor }: CommandLine): void {
  command('serve', 'run the gateway')
    .option(...CONFIG_FLAG)
    .option(
      '--insecure',
      'let other machines call the gateway without access control, and allow http:// URLs of other hosts',
    )
    .addOption(
      new Option('--log-level <level>', 'the lowest level that is logged')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.js');
      await serve(options, redactor);
    });

  command('demo', 'run the gateway in front of a simulated Audience Manager with sample data')
    .option(
      '-p, --port <port>',
      'the port to listen on (default: 4000, or a free port if 4000 is in use)',
      parsePort,
    )
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./demo.js');
      await demo(options, print);
    });

  command('simulate', 'run only the simulated Audience Manager of the demo')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('-p, --port <port>', 'the port to listen on', parsePort, 4001)
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import('./simulate.js');
      await simulate(options, print);
    });
}
