import { Option } from 'commander';
import { LOG_LEVELS } from '../telemetry/log-levels.js';
import { CONFIG_FLAG, parsePort, parseWorkers, type CommandLine } from './command-line.js';
import type { DemoOptions } from './demo.js';
import type { HealthOptions } from './health.js';
import type { McpOptions } from './mcp/mcp.js';
import type { ServeOptions } from './serve.js';
import { Signals } from './signals.js';
import type { SimulateOptions } from './simulate.js';

const UNREAD_LOG =
  'aam-gateway: the log cannot be written, because the program that read it is gone; the gateway goes on without. Restart it to have its log again.';

/** Declares the commands that run a server. */
export function declareServing({ command, print, warn, redactor }: CommandLine): void {
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
    .addOption(
      new Option(
        '--workers <number>',
        'answer in several processes at one address: a number, or auto for one per core',
      )
        .argParser(parseWorkers)
        .default(1),
    )
    // For the processes that `--workers` starts.
    .addOption(new Option('--worker').hideHelp())
    .action(async (options: ServeOptions & { workers: number; worker?: boolean }) => {
      if (options.worker === true) {
        const { serveAsWorker } = await import('./workers/serve-as-worker.js');
        await serveAsWorker(redactor);
        return;
      }
      const signals = new Signals();
      process.stdout.once('error', () => warn(UNREAD_LOG));
      if (options.workers > 1) {
        const { serveWithWorkers } = await import('./workers/serve-with-workers.js');
        await serveWithWorkers(options, options.workers, redactor, signals);
        return;
      }
      const { serve } = await import('./serve.js');
      await serve(options, redactor, signals);
    });

  command('health', 'ask a running gateway whether it is ready')
    .option(...CONFIG_FLAG)
    .option('--url <url>', 'the address of the gateway (default: as the configuration says)')
    .option('--live', 'only ask whether the process lives')
    .option('--timeout <duration>', 'how long to wait for an answer', '3s')
    .option('--cert <file>', 'a client certificate (PEM), if the gateway asks for one')
    .option('--key <file>', 'the private key of the client certificate (PEM)')
    .action(async (options: HealthOptions) => {
      const { health } = await import('./health.js');
      if (!(await health(options, print))) process.exitCode = 1;
    });

  command('mcp', 'serve an assistant on standard input and output, by the Model Context Protocol')
    .option(...CONFIG_FLAG)
    .option('--gateway <url>', 'ask this running gateway (default: as the configuration says)')
    .option('--key <key>', 'the API key (better in the environment variable AAM_GATEWAY_KEY)')
    .option('--key-file <file>', 'a file with the API key')
    .action(async (options: McpOptions) => {
      const signals = new Signals();
      const { mcp } = await import('./mcp/mcp.js');
      await mcp(options, warn, redactor, signals);
    });

  command('demo', 'run the gateway in front of a simulated Audience Manager with sample data')
    .option(
      '-p, --port <port>',
      'the port to listen on (default: 4000, or a free port if 4000 is in use)',
      parsePort,
    )
    .action(async (options: DemoOptions) => {
      const signals = new Signals();
      const { demo } = await import('./demo.js');
      await demo(options, print, signals);
    });

  command('simulate', 'run only the simulated Audience Manager of the demo')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('-p, --port <port>', 'the port to listen on', parsePort, 4001)
    .option('--deliver <folder>', 'write the files into this folder that a partner receives')
    .option('--send <url>', 'send the real-time messages to this URL that a partner receives')
    .option('--destination <id>', 'with --deliver and --send: only for destinations with this ID')
    .option('--every <duration>', 'with --deliver and --send: again and again, such as every 30s')
    .option('--header <header>', "with --send: a header, such as 'authorization: Bearer KEY'", collect)
    .option('--signature-header <name>', 'with --send: sign messages, with the signature in this header')
    .addOption(
      new Option('--signature-algorithm <name>', 'how messages are signed (default: sha256)').choices([
        'sha1',
        'sha256',
      ]),
    )
    .option(
      '--signature-secret-file <file>',
      'the secret that messages are signed with (default: $AAM_SIGNATURE_SECRET)',
    )
    .action(async (options: SimulateOptions) => {
      const signals = new Signals();
      const { simulate } = await import('./simulate.js');
      await simulate(options, print, signals);
    });
}

/** For an option that may be given several times. */
function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
