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
import { accountOf, createUpstream, type Upstream } from '../gateway.js';
import type { Redactor } from '../telemetry/redaction.js';

export interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What the check of one destination came to. */
export interface CheckRow {
  readonly customer: string;
  /** `null`: the customer has no destination; only its login was tried. */
  readonly destination: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly status: 'ok' | 'manual' | 'failed';
  readonly segments: number | null;
  /** Rows that could not be read. */
  readonly skipped: number | null;
  readonly milliseconds: number;
  readonly code: AudienceManagerErrorCode | null;
  readonly message: string | null;
  readonly remedy: string | null;
}

const REMEDIES: Readonly<Record<AudienceManagerErrorCode, string>> = {
  AAM_AUTH_FAILED:
    "Check the customer's credentials and, for passwords, audienceManager.password; ask the customer whether the user is locked.",
  AAM_FORBIDDEN: 'Ask the customer to give this user read permission on the destination.',
  AAM_NOT_FOUND: 'Check the destination ID with the customer.',
  AAM_RATE_LIMITED: 'Wait a while; if it comes back, lower audienceManager.concurrency.',
  AAM_UNAVAILABLE:
    'Check baseUrl, tokenUrl, outbound and the network (proxy, firewall); else Audience Manager is down, try later.',
  AAM_BAD_RESPONSE:
    'Check that baseUrl and tokenUrl are those of Audience Manager; try another audienceManager.pageSize.',
};

/** Logs in for every customer and reads every destination. @returns whether all of it worked */
export async function check(
  options: CheckOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const upstream = createUpstream(config, { logLevel: 'silent', redactor });
  try {
    const rows = await checkAll(config, upstream);
    print(options.json === true ? JSON.stringify(rows, null, 2) : tableOf(rows));
    return rows.every((row) => row.status !== 'failed');
  } finally {
    await upstream.close();
  }
}

async function checkAll(config: Config, upstream: Upstream): Promise<CheckRow[]> {
  const rows = await Promise.all(
    config.customers.map(async (customer) => {
      const account = accountOf(config, customer);
      const destinations = customer.destinations.length === 0 ? [null] : customer.destinations;
      return await Promise.all(
        destinations.map((destination) => checkOne(customer, destination, account, upstream)),
      );
    }),
  );
  return rows.flat();
}

async function checkOne(
  customer: CustomerConfig,
  destination: DestinationConfig | null,
  account: Account | null,
  { client, tokens }: Upstream,
): Promise<CheckRow> {
  const row = {
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
  if (account === null) return { ...row, status: 'manual', milliseconds: 0 };
  try {
    if (destination === null) {
      await tokens.get(account);
      return { ...row, status: 'ok', milliseconds: elapsed() };
    }
    const [listing, details] = await Promise.all([
      client.listMappings(account, destination.id),
      client.readDestination(account, destination.id),
    ]);
    return {
      ...row,
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
    return { ...row, status: 'failed', milliseconds: elapsed(), code, message, remedy: REMEDIES[code] };
  }
}

function tableOf(rows: readonly CheckRow[]): string {
  const table = new Table({
    head: ['Customer', 'Destination', 'Type', 'Segments', 'Time', 'Result'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.customer,
      row.destination === null
        ? '(none)'
        : [row.destination, row.name].filter((part) => part !== null).join('  '),
      row.type ?? '',
      row.segments ?? '',
      row.status === 'manual' ? '' : `${row.milliseconds} ms`,
      resultOf(row),
    ]);
  }
  const failed = rows.filter((row) => row.status === 'failed');
  const codes = [...new Set(failed.map((row) => row.code).filter((code) => code !== null))];
  const remedies = codes.flatMap((code) => {
    const messages = failed.filter((row) => row.code === code).map((row) => row.message ?? '');
    return [`${code}: ${REMEDIES[code]}`, ...[...new Set(messages)].map((message) => `  ${message}`)];
  });
  const summary =
    failed.length === 0 ? `All ${rows.length} are good.` : `${failed.length} of ${rows.length} failed.`;
  return [table.toString(), summary, ...remedies].join('\n');
}

function resultOf(row: CheckRow): string {
  if (row.status === 'manual') return 'manual: no credentials';
  if (row.status === 'failed') return row.code ?? 'failed';
  return row.skipped === null || row.skipped === 0 ? 'ok' : `ok, but ${row.skipped} rows cannot be read`;
}
