import type { BackupOptions } from './backup.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { LeftoversOptions } from './leftovers.js';
import type { MigrateOptions } from './migrate.js';
import type { RestoreOptions } from './restore.js';

/** Declares the commands for the database. */
export function declareDatabase({ command, print, redactor }: CommandLine): void {
  command('backup', 'copy the database into a file, while the gateway may be running (SQLite)')
    .argument('<file>', 'the file to write; its folder has to exist')
    .option('--force', 'replace the file if it exists')
    .option(...CONFIG_FLAG)
    .action(async (file: string, options: BackupOptions) => {
      const { backup } = await import('./backup.js');
      await backup(file, options, print, redactor);
    });

  command('restore', 'put a backup in the place of the database of a stopped gateway (SQLite)')
    .argument('<file>', 'a file that `backup` has written')
    .option(...CONFIG_FLAG)
    .action(async (file: string, options: RestoreOptions) => {
      const { restoreCommand } = await import('./restore.js');
      await restoreCommand(file, options, print, redactor);
    });

  command('migrate', 'bring the tables of the database up to date')
    .option(...CONFIG_FLAG)
    .action(async (options: MigrateOptions) => {
      const { migrate } = await import('./migrate.js');
      await migrate(options, print, redactor);
    });

  command('leftovers', 'list what is stored of destinations that have left the configuration, or remove it')
    .option('--remove', 'remove it; needs --yes')
    .option('--customer <id>', 'only of the customer with this ID')
    .option('--destination <id>', 'only of destinations with this ID')
    .option('--yes', 'with --remove: do it. What was given by hand and the history are lost')
    .option(...CONFIG_FLAG)
    .action(async (options: LeftoversOptions) => {
      const { leftovers } = await import('./leftovers.js');
      if (!(await leftovers(options, print, redactor))) process.exitCode = 1;
    });
}
