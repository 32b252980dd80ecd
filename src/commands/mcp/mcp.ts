import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relayOverStdio, type Relay } from '../../assistants/stdio-relay.js';
import { ToolError } from '../../assistants/tool.js';
import { systemClock } from '../../base/clock.js';
import { ConfigError, configFilePath, loadConfig, readDatabasePath } from '../../config/index.js';
import { isFileServed } from '../../storage/index.js';
import { printable } from '../../base/printable.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { CommandError } from '../command-error.js';
import { keyOf, type GatewayOptions } from '../name-sources/gateway-names.js';
import { ownAddress, type OwnAddress } from '../own-address.js';
import { endSoon, type Signals } from '../signals.js';
import { GatewayRelay, type Gateways, type RelayOptions } from './gateway-relay.js';
import type { LoneGateway } from './lone-gateway.js';
import type { MessageTarget } from './post-message.js';

/** Flags of `aam-gateway mcp`. */
export interface McpOptions extends GatewayOptions {
  readonly config?: string;
}

/**
 * Serves an assistant on standard input and output, until that is closed and all is answered, or a signal arrives. The gateway
 * that runs with the configuration answers; while there is none, this process itself, from the database.
 *
 * @param warn prints to standard error: standard output belongs to the protocol
 * @throws {CommandError} if the gateway, the key or the configuration cannot be used
 */
export async function mcp(
  options: McpOptions,
  warn: (text: string) => void,
  redactor: Redactor,
  signals: Signals,
): Promise<void> {
  const relay = new GatewayRelay(await relayOptions(options, warn, redactor));
  const send: Relay = async (request, signal) => {
    try {
      return await relay.send(request, signal);
    } catch (error) {
      if (error instanceof ToolError) throw new ToolError(error.code, redactor.redact(error.message));
      warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
      throw new ToolError(
        'INTERNAL_SERVER_ERROR',
        'Something went wrong; the standard error output of aam-gateway mcp has the details.',
      );
    }
  };
  const server = relayOverStdio(send, systemClock, (error) => warn(`aam-gateway: ${error.message}`));
  signals.listen({ onStop: () => void server.close(), onReload: null });
  await server.closed;
  await relay.close();
  endSoon();
}

async function relayOptions(
  options: McpOptions,
  warn: (text: string) => void,
  redactor: Redactor,
): Promise<RelayOptions> {
  let known = '';
  const readKey = async (): Promise<string> => {
    const key = await keyOf(options);
    // A key that is not valid any more stays secret.
    if (key !== known) redactor.add(key);
    known = key;
    return key;
  };
  // What is wrong from the beginning is told at once, and not to the assistant.
  await readKey();
  const common = { clock: systemClock, onError: (error: unknown) => warn(`aam-gateway: ${String(error)}`) };
  const { gateway, config } = options;
  if (gateway !== undefined) {
    const url = mcpAddress(gateway);
    const find = async (): Promise<Gateways> => {
      const key = await told(readKey());
      return { running: { url, key, pinned: null }, key, configVersion: '' };
    };
    return { ...common, find, startAlone: null };
  }
  const file = configFilePath(config);
  await ownAddressOf(file);
  let hasWarned = false;
  /** Who listens there may be somebody else. */
  const warnOfKey = (url: string, database: string): void => {
    if (!hasWarned)
      warn(
        `aam-gateway: whether a gateway has ${database} cannot be told: it belongs to another user, or is not on this machine. So the key is sent to ${url} without knowing who listens there; see "The command" in docs/assistants.md.`,
      );
    hasWarned = true;
  };
  const find = async (): Promise<Gateways> => {
    const key = await told(readKey());
    const running = await told(runningGateway(file, key, warnOfKey));
    return { running, key, configVersion: await versionOf(file) };
  };
  return { ...common, find, startAlone: async () => await startAlone(file, redactor) };
}

/** @throws {ToolError} in place of a `CommandError` or `ConfigError` */
async function told<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    if (error instanceof CommandError) throw new ToolError('UNAVAILABLE', error.message);
    if (!(error instanceof ConfigError)) throw error;
    throw new ToolError('UNAVAILABLE', `The configuration cannot be used: ${error.message}`);
  });
}

/** Changes with the text of the configuration. */
async function versionOf(file: string): Promise<string> {
  // What is wrong with the file is told where it is read.
  return hash('sha256', await readFile(file).catch(() => ''));
}

/** @returns `null` if the configuration says no address at which a gateway could be found @throws {ConfigError} if it is wrong */
async function ownAddressOf(file: string): Promise<OwnAddress | null> {
  return await ownAddress(file).catch(async (error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    await loadConfig(file, { insecure: true });
    return null;
  });
}

/**
 * @param onUnknown is told of the address and the SQLite file if a key is sent without knowing who listens there
 * @returns `null` if none runs with the configuration, or its address is not known
 */
async function runningGateway(
  file: string,
  key: string,
  onUnknown: (url: string, database: string) => void,
): Promise<MessageTarget | null> {
  const own = await ownAddressOf(file);
  if (own === null) return null;
  const target = { ...own, url: `${own.url}/mcp`, key };
  // Without TLS, whoever listens there while the gateway does not run would get the key.
  const database = own.pinned === null ? await databasePathOf(file) : null;
  if (database === null) return target;
  const isServed = await isFileServed(database);
  if (isServed === null && key !== '' && own.url.startsWith('http:')) onUnknown(target.url, database);
  return isServed === false ? null : target;
}

/** @returns `null` if the database of the configuration is no SQLite file, or it cannot be told which one */
async function databasePathOf(file: string): Promise<string | null> {
  return await readDatabasePath(file).catch((error: unknown) => {
    if (error instanceof ConfigError) return null;
    throw error;
  });
}

/** @throws {ToolError} if it must not start; {ConfigError}, {StorageError} if it cannot */
async function startAlone(file: string, redactor: Redactor): Promise<LoneGateway> {
  // Only now: an assistant that asks a running gateway needs none of the secrets that the configuration refers to.
  const loaded = await loadConfig(file, { insecure: true });
  if (!loaded.listen.mcp) {
    throw new ToolError('NOT_FOUND', 'There are no tools: listen.mcp is off in the configuration.');
  }
  const { storage } = loaded;
  if (storage.engine === 'sqlite' && (await isFileServed(storage.path)) === true) {
    throw new ToolError(
      'UNAVAILABLE',
      'A gateway has the database of the configuration, but does not listen where that says. If it is starting, repeat this in a few seconds; else name its address with --gateway.',
    );
  }
  const { startLoneGateway } = await import('./lone-gateway.js');
  const logSink = { write: (line: string) => void process.stderr.write(printable(line)) };
  return await startLoneGateway(loaded, { redactor, logSink });
}

/** The address of `/mcp`. It may be given, or be that of the gateway or of its GraphQL endpoint. */
function mcpAddress(address: string): string {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new CommandError('--gateway takes an address such as http://127.0.0.1:4000.', 2);
  }
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw new CommandError('--gateway takes no user and password: the key goes into --key-file.', 2);
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/(?:graphql|mcp)$/, '')}/mcp`;
  return url.href;
}
