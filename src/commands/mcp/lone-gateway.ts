import { hash, randomBytes } from 'node:crypto';
import { TimeLimit } from '../../base/time-limit.js';
import type { AccessConfig, Config } from '../../config/index.js';
import type { Directory } from '../../directory/index.js';
import { createFront, createSchema, type Front } from '../../gateway-front.js';
import { closeParts, openParts } from '../../gateway-parts.js';
import type { LogSink } from '../../telemetry/logs.js';
import type { Redactor } from '../../telemetry/redaction.js';

/** A gateway for this process alone. */
export interface LoneGateway {
  /** Without a slash at the end. */
  readonly url: string;
  /** The key of this process, if the configuration has no access control; else `null`. */
  readonly key: string | null;
  /** Whether it knows no destination at all, because nobody has listed those of the customers yet. */
  readonly isUnlisted: () => boolean;
  readonly stop: () => Promise<void>;
}

/** How long its end may take, in milliseconds. */
const STOP_MS = 5_000;

/** How the caller is called in the log, if the configuration has no access control. */
const CALLER = 'mcp';

/**
 * Starts a gateway that answers this process, with the database of the configuration. It is no second one beside a gateway that is
 * served: it does not reserve the database, and asks Audience Manager only for lookups, as commands do: nothing is refreshed or discovered.
 *
 * It listens on a free port of this machine. Without access control, others on this machine could read with it what only this user may,
 * so it gets a key that nobody knows.
 */
export async function startLoneGateway(
  config: Config,
  { redactor, logSink }: { readonly redactor: Redactor; readonly logSink: LogSink },
): Promise<LoneGateway> {
  const key = config.access === null ? randomBytes(32).toString('hex') : null;
  if (key !== null) redactor.add(key);
  const own = ownConfig(config, key);
  const parts = await openParts(own, { redactor, logSink });
  let front: Front | null = null;
  const stop = async (): Promise<void> => {
    const limit = new TimeLimit(parts.upstream.clock, STOP_MS);
    await front?.server.close({ limit: limit.before(STOP_MS / 2) });
    await closeParts(parts, limit);
  };
  try {
    front = await createFront(own, parts, { schema: createSchema(), pages: null });
    const url = await front.server.listen();
    // Whoever asks which destinations there are must not cause log-ins: nothing is discovered here.
    await parts.directory.restore();
    front.server.ready();
    return { url, key, isUnlisted: () => isUnlisted(own, parts.directory), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isUnlisted({ customers }: Config, { discovery }: Directory): boolean {
  return (
    discovery.isActive &&
    customers.every(
      (customer) => discovery.state(customer.id)?.listedAt === null && customer.destinations.length === 0,
    )
  );
}

function ownConfig(config: Config, key: string | null): Config {
  const access: AccessConfig | null =
    key === null
      ? config.access
      : {
          apiKeys: [
            { name: CALLER, sha256: hash('sha256', key, 'hex'), customers: 'all', permissions: ['read'] },
          ],
          jwt: null,
          trustedDocuments: null,
        };
  return {
    ...config,
    access,
    listen: {
      ...config.listen,
      host: '127.0.0.1',
      port: 0,
      tls: null,
      page: false,
      explorer: false,
      sandbox: false,
      mcp: true,
      cors: [],
      trustProxy: [],
    },
    freshness: { ...config.freshness, refreshEveryMs: 0 },
  };
}
