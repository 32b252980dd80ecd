import { createRequire } from 'node:module';

const { version, description } = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string;
  readonly description: string;
};

/** The version of this program, as in `package.json`. */
export const programVersion = version;

/** What this program is, in a line. */
export const programDescription = description;
