import Table from 'cli-table3';
import type { AudienceManagerErrorCode } from '../audience-manager/index.js';
import type { IdentifierType, SegmentIdType } from '../segments/index.js';
import { describeIdCheck, type IdCheck } from './check-ids.js';

/** The result of checking one destination. With --json, the command prints a list of these. */
export interface CheckResult {
  readonly customer: string;
  /** `null`: the customer has no destinations, or they could not be listed, so only its login was checked. */
  readonly destination: string | null;
  /** Whether Audience Manager lists it, and the configuration does not name it. */
  readonly discovered: boolean;
  readonly name: string | null;
  readonly type: string | null;
  /** What the configuration says that IDs are; `null` without a destination. */
  readonly segmentIdType: SegmentIdType | null;
  /** As which kinds IDs are tried; `null` if that depends on what could not be read. */
  readonly idTypes: readonly IdentifierType[] | null;
  /** `manual`: the customer has no credentials, so nothing was checked. `unfinished`: the check was stopped before. */
  readonly status: 'ok' | 'manual' | 'failed' | 'unfinished';
  readonly segments: number | null;
  /** Number of mappings that could not be parsed. */
  readonly skipped: number | null;
  readonly milliseconds: number;
  readonly code: AudienceManagerErrorCode | null;
  readonly message: string | null;
  readonly remedy: string | null;
  /** What may be wrong although everything could be read. */
  readonly warning: string | null;
  /** What the IDs of `--ids` are. */
  readonly ids: IdCheck | null;
}

export const REMEDIES: Readonly<Record<AudienceManagerErrorCode, string>> = {
  AAM_AUTH_FAILED: 'Check the following before the next try, because each rejected one counts.',
  AAM_FORBIDDEN: 'Ask the customer to give this user read permission on the destination.',
  AAM_NOT_FOUND: 'Check the destination ID with the customer.',
  AAM_RATE_LIMITED: 'Try again later; if the error persists, reduce audienceManager.callsPerSecond.',
  AAM_UNAVAILABLE:
    'Check baseUrl, tokenUrl, outbound and the network (proxy, firewall). If they are right, Audience Manager is down: try again later.',
  AAM_BAD_RESPONSE:
    'Check that baseUrl and tokenUrl are those of Audience Manager; try another audienceManager.pageSize.',
};

export const NO_SEGMENTS =
  'There are no segments: ask the customer whether segments are mapped to the destination, and whether this user may see them.';

export const NO_DESTINATIONS =
  'Audience Manager lists no destinations: ask the customer which ones this user may see.';

export const NONE_SELECTED =
  'Audience Manager lists destinations, but none that include and exclude in the configuration leave.';

/** The results as a table, with remedies below it. */
export function reportOf(results: readonly CheckResult[]): string {
  const table = new Table({
    head: ['Customer', 'Destination', 'Type', 'IDs', 'Segments', 'Time', 'Result'],
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const result of results) table.push(tableLineOf(result));
  const failures = results.filter(({ status }) => status === 'failed');
  const unfinished = results.filter(({ status }) => status === 'unfinished').length;
  const warnings = new Set(results.flatMap(({ warning }) => (warning === null ? [] : [warning])));
  return [
    table.toString(),
    `${failures.length} of ${results.length} failed.${unfinished === 0 ? '' : ` ${unfinished} were not finished.`}`,
    ...remediesOf(failures),
    ...Array.from(warnings, (warning) => `Warning: ${warning}`),
    ...results.flatMap(({ ids, segmentIdType }) =>
      ids === null || segmentIdType === null ? [] : describeIdCheck(ids, segmentIdType),
    ),
  ].join('\n');
}

function tableLineOf(result: CheckResult): (string | number)[] {
  const { customer, destination, name, type, segments, status, milliseconds } = result;
  return [
    customer,
    destination === null ? '(none)' : [destination, name].filter((part) => part !== null).join('  '),
    type ?? '',
    idsText(result),
    segments ?? '',
    status === 'manual' ? '' : `${milliseconds} ms`,
    resultText(result),
  ];
}

/** Number of all kinds of identifiers. */
const EVERY_KIND = 6;

/** What IDs are, such as `SID`, or what they are tried as, such as `AUTO: VALUE, KEY_VALUE`. */
function idsText({ segmentIdType, idTypes }: CheckResult): string {
  if (segmentIdType !== 'AUTO' || idTypes === null) return segmentIdType ?? '';
  return idTypes.length === EVERY_KIND ? 'AUTO: every kind' : `AUTO: ${idTypes.join(', ')}`;
}

function resultText({ status, code, segments, skipped, destination, discovered }: CheckResult): string {
  if (status === 'unfinished') return 'not finished';
  if (status === 'ok' && discovered && destination === null) return 'ok, but no destinations';
  if (status === 'manual') return 'manual: no credentials';
  if (status === 'failed') return code ?? 'failed';
  if (skipped !== null && skipped > 0) return `ok, but ${skipped} mappings cannot be read`;
  if (segments === 0) return 'ok, but no segments';
  return discovered ? 'ok, discovered' : 'ok';
}

/** For each error code: the remedy, then the messages with that code, without repetitions. */
function remediesOf(failures: readonly CheckResult[]): string[] {
  const codes = [...new Set(failures.map(({ code }) => code).filter((code) => code !== null))];
  return codes.flatMap((code) => {
    const messages = failures.filter((failure) => failure.code === code).map(({ message }) => message ?? '');
    return [`${code}: ${REMEDIES[code]}`, ...[...new Set(messages)].map((message) => `  ${message}`)];
  });
}
