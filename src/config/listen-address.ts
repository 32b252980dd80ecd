import { basename, dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import { ConfigTree } from './config-tree.js';
import { readConfigText } from './load.js';
import { certificatesIn, isPem } from './pem.js';
import { SourceFiles } from './source-files.js';
import { UnreadableFileError, readTextSync } from './text-files.js';

/** Where a gateway listens, according to its configuration. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Whether it serves HTTPS. */
  readonly tls: boolean;
  /** The gateway's certificate as PEM; `null` without TLS, and if it cannot be read. */
  readonly cert: string | null;
}

/** Maximum size of a certificate file, in bytes. */
const MAX_CERT_BYTES = 1024 * 1024;

/**
 * Reads only where the gateway listens. Wrong values elsewhere do not matter: a running gateway goes on with the
 * configuration that it has, so a check of its health must not fail because of them.
 *
 * @throws ConfigError if `listen` cannot be read, or has no usable port. The defaults would be those of another gateway
 */
export async function readListenAddress(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ListenAddress> {
  const source = new SourceFiles();
  source.add(resolve(file));
  const tree = ConfigTree.read(await readConfigText(file, source), file, env, source, 'listen');
  const { listen } = tree.data;
  const isUnread = listen === undefined && !tree.isComplete;
  if (isUnread || tree.isUnresolved(['listen']) || tree.isUnresolved(['listen', 'host'])) {
    throw new ConfigError(file, tree.problems([], []), source.sources);
  }
  const host = textOf(memberOf(listen, 'host')) ?? '127.0.0.1';
  const port = Number(textOf(memberOf(listen, 'port')) ?? '4000');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    const message = 'does not say on which port the gateway listens; name its address with --url';
    throw new ConfigError(file, [{ file: basename(file), path: 'listen.port', message }], source.sources);
  }
  const tls = memberOf(listen, 'tls');
  return {
    host,
    port,
    tls: tls !== undefined,
    cert: certificateOf(textOf(memberOf(tls, 'cert')), tree.fileOf('listen').path),
  };
}

function certificateOf(value: string | undefined, file: string): string | null {
  if (value === undefined || value === '') return null;
  try {
    const text = isPem(value) ? value : readTextSync(resolve(dirname(file), value), MAX_CERT_BYTES);
    const result = certificatesIn(text);
    return 'text' in result ? result.text : null;
  } catch (error) {
    if (error instanceof UnreadableFileError) return null;
    throw error;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
