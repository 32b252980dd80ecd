import type { CommandLine } from './command-line.js';
import type { SchemaOptions } from './schema.js';

/** Declares the command that prints the schema of the API. */
export function declareSchema({ command, write }: CommandLine): void {
  command('schema', 'print the schema of the API, without configuration, network and database')
    .option('--federation', 'print it as a subgraph of Apollo Federation 2')
    .option('--without <names>', 'leave out types and fields, such as Query,Mutation or Customer,Query.node')
    .action(async (options: SchemaOptions) => {
      const { schema } = await import('./schema.js');
      await schema(options, write);
    });
}
