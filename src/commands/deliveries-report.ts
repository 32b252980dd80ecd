import Table from 'cli-table3';
import type { DeliveryResult } from './deliveries-compare.js';

/** What `aam-gateway deliveries` has found out. */
export interface DeliveriesReport {
  readonly customer: string;
  readonly destination: string;
  readonly folder: string;
  /** RFC 3339. */
  readonly since: string;
  readonly deliveries: readonly DeliveryResult[];
  /** Number of jobs in the history that sent no file, as real-time messages. */
  readonly jobsWithoutFile: number;
  /** Number of entries of the history that cannot be read. */
  readonly unreadableJobs: number;
  /** Number of files in the folder that are of other destinations, or were sent before. */
  readonly otherFiles: number;
}

const RESULTS: Readonly<Record<DeliveryResult['status'], string>> = {
  arrived: 'arrived',
  incomplete: 'not whole',
  missing: 'missing',
  failed: 'not sent',
  unfinished: 'being sent',
  empty: 'nothing to send',
  unlisted: 'not in the history',
};

/** Whether something did not arrive as it was sent. */
export function isWrong({ status }: DeliveryResult): boolean {
  return status === 'missing' || status === 'incomplete' || status === 'failed';
}

/** The report as a table, with what is the matter below it. */
export function describeDeliveries(report: DeliveriesReport): string {
  const { customer, destination, folder, since, deliveries } = report;
  const title = `Destination ${destination} of ${customer}: what Audience Manager sent since ${since}, and what is in ${folder}`;
  if (deliveries.length === 0) {
    return [title, 'Audience Manager sent no files, and none arrived.', ...notesOf(report)].join('\n');
  }
  const table = new Table({
    head: ['Sent', 'Delivery', 'Mode', 'Files', 'Lines', 'Records', 'Result'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { delivery, status, mode, startedAt, files, lines, records } of deliveries) {
    const sent = startedAt === null ? '' : `${startedAt.slice(0, 19)}Z`;
    const kind = mode === null ? '' : mode === 'FULL' ? 'full' : 'changes';
    table.push([sent, delivery, kind, files.length, lines ?? '', records ?? '', RESULTS[status]]);
  }
  const wrong = deliveries.filter(isWrong).length;
  return [
    title,
    table.toString(),
    wrong === 0
      ? 'Everything that was sent has arrived.'
      : `${wrong} of ${deliveries.length} did not arrive as sent.`,
    ...deliveries.flatMap(describeProblems),
    ...notesOf(report),
  ].join('\n');
}

function describeProblems({ delivery, status, problems }: DeliveryResult): string[] {
  const lines = problems.map((problem) => `  ${problem}`);
  if (status === 'missing')
    lines.unshift('  No file of it is in the folder: ask the customer to have it sent again.');
  if (status === 'failed') lines.unshift('  Audience Manager says that it could not be sent.');
  return lines.length === 0 ? [] : [`${delivery}:`, ...lines];
}

function notesOf({ deliveries, jobsWithoutFile, unreadableJobs, otherFiles }: DeliveriesReport): string[] {
  const unlisted = deliveries.filter(({ status }) => status === 'unlisted').length;
  return [
    ...(unlisted === 0
      ? []
      : [`Deliveries that arrived, and that Audience Manager's history does not have: ${unlisted}.`]),
    ...(jobsWithoutFile === 0 ? [] : [`Jobs in the history that sent no file: ${jobsWithoutFile}.`]),
    ...(unreadableJobs === 0 ? [] : [`Entries of the history that cannot be read: ${unreadableJobs}.`]),
    ...(otherFiles === 0
      ? []
      : [`Files in the folder of other destinations, or sent before: ${otherFiles}; they were not read.`]),
  ];
}
