import Table from 'cli-table3';
import {
  AudienceManagerError,
  type Account,
  type AudienceManagerErrorCode,
} from '../audience-manager/index.js';
import {
  configFilePath,
  loadConfig,
  type Config,
  type CustomerConfig,
  type DestinationConfig,
} from '../config/index.js';
import { accountOf, createUpstream, type Upstream } from '../gateway-parts.js';
import type { Redactor } from '../telemetry/redaction.js';

/** Flags of `aam-gateway check`. */
export interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** The result of checking one destination. With --json, the command prints a list of these. */
interface CheckResult {
  readonly customer: string;
  /** `null`: the customer has no destinations, so only its login was checked. */
  readonly destination: string | null;
  readonly name: string | null;
  readonly type: string | null;
  /** `manual`: the customer has no credentials, so nothing was checked. */
  readonly status: 'ok' | 'manual' | 'failed';
  readonly segments: number | null;
  /** Number of mappings that could not be parsed. */
  readonly skipped: number | null;
  readonly milliseconds: number;
  readonly code: AudienceManagerErrorCode | null;
  readonly message: string | null;
  readonly remedy: string | null;
}

const REMEDIES: Readonly<Record<AudienceManagerErrorCode, string>> = {
  AAM_AUTH_FAILED:
    "Check the customer's credentials and, for type password, audienceManager.password; ask the customer whether the user is locked.",
  AAM_FORBIDDEN: 'Ask the customer to give this user read permission on the destination.',
  AAM_NOT_FOUND: 'Check the destination ID with the customer.',
  AAM_RATE_LIMITED: 'Try again later; if the error persists, reduce audienceManager.concurrency.',
  AAM_UNAVAILABLE:
    'Check baseUrl, tokenUrl, outbound and the network (proxy, firewall). If they are right, Audience Manager is down: try again later.',
  AAM_BAD_RESPONSE:
    'Check that baseUrl and tokenUrl are those of Audience Manager; try another audienceManager.pageSize.',
};

/** Logs in for every customer, reads every destination and prints the results. @returns false if any of it failed */
export async function check(
  options: CheckOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const upstream = createUpstream(config, { logLevel: 'silent', redactor });
  try {
    const results = await checkAll(config, upstream);
    print(options.json === true ? JSON.stringify(results, null, 2) : tableOf(results));
    return results.every(({ status }) => status !== 'failed');
  } finally {
    await upstream.close();
  }
}

async function checkAll(config: Config, upstream: Upstream): Promise<CheckResult[]> {
  const results = await Promise.all(
    config.customers.map(async (customer) => {
      const account = accountOf(config, customer);
      const destinations = customer.destinations.length === 0 ? [null] : customer.destinations;
      return await Promise.all(
        destinations.map((destination) => checkOne(customer, destination, account, upstream)),
      );
    }),
  );
  return results.flat();
}

async function checkOne(
  customer: CustomerConfig,
  destination: DestinationConfig | null,
  account: Account | null,
  { client, tokens }: Upstream,
): Promise<CheckResult> {
  const unchecked = {
    customer: customer.id,
    destination: destination?.id ?? null,
    name: destination?.name ?? null,
    type: destination?.type ?? null,
    segments: null,
    skipped: null,
    code: null,
    message: null,
    remedy: null,
  };
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  if (account === null) return { ...unchecked, status: 'manual', milliseconds: 0 };
  try {
    if (destination === null) {
      await tokens.get(account);
      return { ...unchecked, status: 'ok', milliseconds: elapsed() };
    }
    const [listing, details] = await Promise.all([
      client.listMappings(account, destination.id),
      client.readDestination(account, destination.id),
    ]);
    return {
      ...unchecked,
      name: destination.name ?? details.name,
      type: destination.type ?? details.type,
      status: 'ok',
      segments: listing.mappings.length,
      skipped: listing.skipped,
      milliseconds: elapsed(),
    };
  } catch (error) {
    if (!(error instanceof AudienceManagerError)) throw error;
    const { code, message } = error;
    return { ...unchecked, status: 'failed', milliseconds: elapsed(), code, message, remedy: REMEDIES[code] };
  }
}

function tableOf(results: readonly CheckResult[]): string {
  const table = new Table({
    head: ['Customer', 'Destination', 'Type', 'Segments', 'Time', 'Result'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const result of results) table.push(tableLineOf(result));
  const failures = results.filter(({ status }) => status === 'failed');
  const summary = `${failures.length} of ${results.length} failed.`;
  return [table.toString(), summary, ...remediesOf(failures)].join('\n');
}

function tableLineOf(result: CheckResult): (string | number)[] {
  const { customer, destination, name, type, segments, status, milliseconds } = result;
  return [
    customer,
    destination === null ? '(none)' : [destination, name].filter((part) => part !== null).join('  '),
    type ?? '',
    segments ?? '',
    status === 'manual' ? '' : `${milliseconds} ms`,
    resultText(result),
  ];
}

function resultText({ status, code, skipped }: CheckResult): string {
  if (status === 'manual') return 'manual: no credentials';
  if (status === 'failed') return code ?? 'failed';
  return skipped === null || skipped === 0 ? 'ok' : `ok, but ${skipped} mappings cannot be read`;
}

/** For each error code: the remedy, then the messages with that code, without repetitions. */
function remediesOf(failures: readonly CheckResult[]): string[] {
  const codes = [...new Set(failures.map(({ code }) => code).filter((code) => code !== null))];
  return codes.flatMap((code) => {
    const messages = failures.filter((failure) => failure.code === code).map(({ message }) => message ?? '');
    return [`${code}: ${REMEDIES[code]}`, ...[...new Set(messages)].map((message) => `  ${message}`)];
  });
}
