import { programVersion } from '../base/program-files.js';
// By file and not by the room's index.ts, which would load Apollo Server.
import { unknownNames } from '../graphql/partial-sdl.js';
import { createSchema } from '../graphql/schema.js';
import { schemaSdl, subgraphSdl } from '../graphql/subgraph-sdl.js';
import { CommandError } from './command-error.js';

/** Flags of `aam-gateway schema`. */
export interface SchemaOptions {
  readonly federation?: boolean;
  /** Names of types and fields, separated by commas. */
  readonly without?: string;
}

/**
 * Writes the schema of the API, which is the same for every configuration.
 *
 * @throws CommandError if `without` names what the schema does not have
 */
export async function schema(
  { federation = false, without = '' }: SchemaOptions,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const whole = createSchema();
  const sdlOf = federation ? subgraphSdl : schemaSdl;
  const names = without
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const [unknown] = names.length === 0 ? [] : unknownNames(sdlOf(whole), names);
  if (unknown !== undefined) {
    throw new CommandError(
      `--without: the schema has no type or field ${unknown}; name a type, such as Customer, or a field, such as Query.node.`,
      2,
    );
  }
  await write(`# The API of aam-segment-gateway ${programVersion}\n\n${sdlOf(whole, names)}`);
}
