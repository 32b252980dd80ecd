import { stat } from 'node:fs/promises';
import { AudienceManagerError, type Account, type OutboundHistory } from '../audience-manager/index.js';
import { configFilePath, loadConfig, parseDuration, type Config } from '../config/index.js';
import { accountOf, createUpstream } from '../gateway-parts.js';
import type { Redactor } from '../telemetry/redaction.js';
import { REMEDIES } from './check-report.js';
import { CommandError } from './command-error.js';
import { compareDeliveries } from './deliveries-compare.js';
import { deliveryKey, findFiles, readDeliveries, type FoundFile } from './deliveries-folder.js';
import { describeDeliveries, isWrong, type DeliveriesReport } from './deliveries-report.js';
import { KnownUsers } from './known-users.js';
import { progressBar } from './progress-bar.js';

/** Flags of `aam-gateway deliveries`. */
export interface DeliveriesOptions {
  readonly config?: string;
  readonly customer?: string;
  readonly destination: string;
  /** A duration until now, a date or a moment. */
  readonly since: string;
  readonly json?: boolean;
}

/** A longer period would be more than the history of a busy destination may take. */
const MAX_PERIOD_MS = 366 * 86_400_000;

const STOPPED =
  'Stopped before everything was read, so nothing can be said of the files: run the command again.';

/**
 * Sets the files in a folder beside Audience Manager's history of what it sent to a destination, and prints what did not
 * arrive.
 *
 * @param stop ends the command before it has printed anything
 * @returns whether everything arrived as it was sent
 * @throws {CommandError} if the folder or the history cannot be read, or if it is stopped
 */
export async function deliveries(
  folder: string,
  options: DeliveriesOptions,
  print: (text: string) => void,
  redactor: Redactor,
  stop: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const to = Date.now();
  const period = { from: readSince(options.since, to), to };
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const { customer, account } = ownerOf(config, options);
  const { destination } = options;
  // Before a call is made that is of no use.
  const found = await findFiles(folder);
  const history = await readHistory(config, account, destination, period, redactor, stop);
  const sent = new Set(
    history.jobs.flatMap(({ fileName }) => (fileName === null ? [] : [deliveryKey(fileName)])),
  );
  const files = found.filter(({ name }) => {
    if (sent.has(deliveryKey(name.name))) return true;
    return name.destinationId === destination && name.sentAt !== null && name.sentAt >= period.from;
  });
  const report: DeliveriesReport = {
    customer,
    destination,
    folder,
    since: new Date(period.from).toISOString(),
    deliveries: compareDeliveries(history.jobs, await readWithProgress(folder, files, stop)),
    jobsWithoutFile: history.jobs.filter(({ fileName }) => fileName === null).length,
    unreadableJobs: history.skipped,
    otherFiles: found.length - files.length,
  };
  print(options.json === true ? JSON.stringify(report, null, 2) : describeDeliveries(report));
  return !report.deliveries.some(isWrong);
}

async function readWithProgress(
  folder: string,
  files: readonly FoundFile[],
  stop: AbortSignal,
): ReturnType<typeof readDeliveries> {
  // Only for the progress: reading the file says what is wrong with it.
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bar = progressBar(process.stderr, 'Reading files');
  let done = 0;
  try {
    const onRead = (bytes: number): void => {
      done += bytes;
      bar.update(done, total);
    };
    return await readDeliveries(folder, files, onRead, stop);
  } catch (error) {
    throw stop.aborted ? new CommandError(STOPPED) : error;
  } finally {
    bar.end();
  }
}

/** The customer whose history is read. @throws {CommandError} if there is none, or several */
function ownerOf(
  config: Config,
  { customer: named, destination }: DeliveriesOptions,
): { readonly customer: string; readonly account: Account } {
  const { customers } = config;
  if (named !== undefined && !customers.some(({ id }) => id === named)) {
    const known = customers.map(({ id }) => id).join(', ');
    throw new CommandError(`The configuration has no customer ${named}. Its customers are: ${known}.`);
  }
  const owners = customers.filter(
    ({ id, destinations }) =>
      (named === undefined || id === named) && destinations.some((each) => each.id === destination),
  );
  // Those that are discovered are not in the configuration. Audience Manager says whether there is such a destination.
  const discovering = customers.filter(({ id, discovery }) => id === named && discovery !== null);
  const [owner, ...others] = owners.length > 0 ? owners : discovering;
  if (owner === undefined) {
    const known = customers
      .filter(({ id }) => named === undefined || id === named)
      .flatMap(({ destinations }) => destinations.map(({ id }) => id));
    const remedy = customers.some(({ discovery }) => discovery !== null)
      ? ' For one that is discovered, name the customer with --customer.'
      : '';
    throw new CommandError(
      `${named === undefined ? 'No customer has a' : `Customer ${named} has no`} destination ${destination}. The destinations are: ${known.join(', ') || 'none'}.${remedy}`,
    );
  }
  if (others.length > 0) {
    const ids = owners.map(({ id }) => id).join(', ');
    throw new CommandError(
      `Several customers have a destination ${destination}: name one with --customer: ${ids}.`,
    );
  }
  const account = accountOf(config, owner);
  if (account !== null) return { customer: owner.id, account };
  throw new CommandError(
    `Customer ${owner.id} has no credentials, so Audience Manager's history cannot be read. Check deliveries with their .info files: aam-gateway annotate.`,
  );
}

async function readHistory(
  config: Config,
  account: Account,
  destination: string,
  period: { readonly from: number; readonly to: number },
  redactor: Redactor,
  signal: AbortSignal,
): Promise<OutboundHistory> {
  const { client, close } = createUpstream(config, { logLevel: 'silent', redactor });
  try {
    return await new KnownUsers(client).call(account, () =>
      client.readOutboundHistory(account, destination, period, { signal }),
    );
  } catch (error) {
    if (signal.aborted) throw new CommandError(STOPPED);
    if (!(error instanceof AudienceManagerError)) throw error;
    const { code, message } = error;
    const remedy =
      code === 'AAM_BAD_RESPONSE' ? `${REMEDIES[code]} Or ask for less with --since.` : REMEDIES[code];
    throw new CommandError(
      `The history of destination ${destination} cannot be read: ${code}: ${message} ${remedy}`,
    );
  } finally {
    await close();
  }
}

/** @returns milliseconds since the epoch. @throws {CommandError} */
function readSince(text: string, now: number): number {
  const duration = parseDuration(text);
  const from = duration === undefined ? parseMoment(text) : now - duration;
  if (Number.isNaN(from)) {
    throw new CommandError(
      '--since takes a duration such as 7d, a date such as 2026-01-31 (UTC), or a moment such as 2026-01-31T12:00:00Z.',
      2,
    );
  }
  if (from >= now) throw new CommandError(`--since ${text} is not in the past.`, 2);
  if (now - from > MAX_PERIOD_MS) throw new CommandError('--since may be a year ago at most.', 2);
  return from;
}

/** @returns milliseconds since the epoch; `NaN` for what is neither a date nor a moment */
function parseMoment(text: string): number {
  const [, date = ''] =
    /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // A day that the month does not have is taken for one of the next month.
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
  return isDay ? Date.parse(text) : Number.NaN;
}
