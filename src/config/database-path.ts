import { dirname, resolve } from 'node:path';
import { ConfigTree } from './config-tree.js';
import { readConfigText } from './load.js';
import { DEFAULT_DATABASE } from './parse.js';
import { SourceFiles } from './source-files.js';

/**
 * Reads only where the SQLite file of a configuration is. As for `readListenAddress`, wrong values elsewhere do not matter.
 *
 * @returns the absolute path; `null` if the configuration names another database, or does not say it without secrets
 * @throws ConfigError if the file cannot be read
 */
export async function readDatabasePath(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  const source = new SourceFiles();
  source.add(resolve(file));
  const tree = ConfigTree.read(await readConfigText(file, source), file, env, source, 'storage');
  const storage: unknown = tree.data['storage'] ?? {};
  if (!tree.isComplete || typeof storage !== 'object' || storage === null || 'postgres' in storage)
    return null;
  const path = 'sqlite' in storage ? storage.sqlite : DEFAULT_DATABASE;
  const isKnown = typeof path === 'string' && path !== '' && !tree.isUnresolved(['storage', 'sqlite']);
  return isKnown ? resolve(dirname(tree.fileOf('storage').path), path) : null;
}
