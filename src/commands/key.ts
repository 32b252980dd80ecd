import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { ConfigError, parseConfig } from '../config/index.js';
import { CommandError } from './command-error.js';

export interface KeyOptions {
  readonly name: string;
  /** Customer IDs with commas between them, or `all`. */
  readonly customers: string;
  /** Words with commas between them. */
  readonly permissions: string;
}

const PERMISSIONS: readonly string[] = ['read', 'refresh', 'import', 'metrics', 'explore'];

/** More than can ever be guessed. */
const KEY_BYTES = 32;

/** Makes an API key, prints it this once, and the lines that let it in. */
export function key(options: KeyOptions, print: (text: string) => void): void {
  const name = options.name.trim();
  if (name === '') throw new CommandError('--name is empty: say whose key it is.', 2);
  const permissions = words(options.permissions);
  const unknown = permissions.find((word) => !PERMISSIONS.includes(word));
  if (unknown !== undefined || permissions.length === 0) {
    const message = `--permissions takes some of ${PERMISSIONS.join(', ')}, with commas between them.`;
    throw new CommandError(message, 2);
  }
  const ids = words(options.customers);
  if (ids.length === 0 || (ids.includes('all') && ids.length > 1)) {
    throw new CommandError('--customers takes IDs with commas between them, or the word all alone.', 2);
  }
  const customers = ids[0] === 'all' ? 'all' : ids;
  const secret = `agk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const sha256 = createHash('sha256').update(secret).digest('hex');
  const lines = stringify(
    { access: { apiKeys: [{ name, sha256, customers, permissions }] } },
    { flowCollectionPadding: false, collectionStyle: 'any', lineWidth: 0 },
  );
  checkLines(lines);
  print(`Key (shown this once; send it as x-api-key, or as authorization: Bearer KEY):

  ${secret}

Lines for the configuration; where there is access.apiKeys already, add the entry to its list. Then send the
gateway SIGHUP, or restart it:

${lines.trimEnd()}`);
}

/** The gateway takes the lines as they are. @throws CommandError */
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

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
