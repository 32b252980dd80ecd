import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { ConfigError, parseConfig } from '../config/index.js';
import { CommandError } from './command-error.js';

/** Flags of `aam-gateway key`. */
export interface KeyOptions {
  readonly name: string;
  /** Customer IDs separated by commas, or `all`. */
  readonly customers: string;
  /** Separated by commas. */
  readonly permissions: string;
}

const PERMISSIONS: readonly string[] = ['read', 'refresh', 'import', 'metrics', 'explore'];

/** Random bytes of a key: 256 bits cannot be guessed. */
const KEY_BYTES = 32;

/**
 * Creates an API key and prints it with the configuration lines that allow it. The key is not stored.
 *
 * @throws {CommandError} if a flag has an invalid value.
 */
export function key(options: KeyOptions, print: (text: string) => void): void {
  const name = options.name.trim();
  if (name === '') throw new CommandError('--name is empty: give the name of the caller.', 2);
  const permissions = splitAtCommas(options.permissions);
  const unknown = permissions.find((permission) => !PERMISSIONS.includes(permission));
  if (unknown !== undefined || permissions.length === 0) {
    const message = `--permissions takes one or more of ${PERMISSIONS.join(', ')}, separated by commas.`;
    throw new CommandError(message, 2);
  }
  const ids = splitAtCommas(options.customers);
  if (ids.length === 0 || (ids.includes('all') && ids.length > 1)) {
    throw new CommandError('--customers takes customer IDs separated by commas, or only the word all.', 2);
  }
  const customers = ids[0] === 'all' ? 'all' : ids;
  const secret = `agk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const sha256 = createHash('sha256').update(secret).digest('hex');
  const lines = stringify(
    { access: { apiKeys: [{ name, sha256, customers, permissions }] } },
    { flowCollectionPadding: false, collectionStyle: 'any', lineWidth: 0 },
  );
  checkLines(lines);
  print(`Key (it is shown only once; callers send it as "x-api-key: KEY" or "authorization: Bearer KEY"):

  ${secret}

Add these lines to the configuration. If it already has access.apiKeys, add only the entry to that list. Then restart
the gateway or send it SIGHUP:

${lines.trimEnd()}`);
}

/** Makes sure that the gateway accepts the printed lines. @throws {CommandError} */
function checkLines(lines: string): void {
  try {
    parseConfig(`${lines}customers: [{ id: some }]\n`, { file: 'gateway.yaml', env: {} });
  } catch (error) {
    const [problem] = error instanceof ConfigError ? error.problems : [];
    if (problem === undefined) throw error;
    const flag = problem.path.includes('.customers') ? '--customers' : '--name';
    throw new CommandError(`${flag} cannot be used in the configuration: ${problem.message}.`, 2);
  }
}

function splitAtCommas(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
