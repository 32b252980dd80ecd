import type { OutboundJob } from '../audience-manager/index.js';
import { readFileName, type DeliveryFileName } from '../delivery/file-name.js';
import { checkDelivery } from '../delivery/info-check.js';
import { onceEach, sentName } from './deliveries-copies.js';
import { deliveryKey, type ArrivedDelivery, type ArrivedFile } from './deliveries-folder.js';

/** What became of one delivery. With --json, the command prints a list of these. */
export interface DeliveryResult {
  /** Name of its first file, as the history has it; else as it arrived. */
  readonly delivery: string;
  /**
   * `arrived`: whole. `incomplete`: something of it is missing or differs. `missing`: nothing of it arrived. `failed`:
   * Audience Manager could not send it. `unfinished`: it is still being sent. `empty`: there was nothing to send.
   * `unlisted`: it arrived, but the history does not have it.
   */
  readonly status: 'arrived' | 'incomplete' | 'missing' | 'failed' | 'unfinished' | 'empty' | 'unlisted';
  readonly mode: DeliveryFileName['mode'];
  /** When sending began: RFC 3339; `null`: the history does not have it. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** The files that arrived, from the folder on. */
  readonly files: readonly string[];
  /** Number of lines that arrived, without headers; `null`: a file cannot be decompressed. */
  readonly lines: number | null;
  /** Number of records that were sent; `null`: the history does not say. */
  readonly records: number | null;
  /** What is the matter, in sentences. */
  readonly problems: readonly string[];
}

/** A larger number in a name is not that of a part. */
const MAX_PARTS = 10_000;

const NOTHING: ArrivedDelivery = { files: [], infos: [] };

/**
 * Sets what was sent beside what arrived, delivery by delivery, in the order in which they were sent. Jobs without a file
 * are left out.
 */
export function compareDeliveries(
  jobs: readonly OutboundJob[],
  arrived: ReadonlyMap<string, ArrivedDelivery>,
): DeliveryResult[] {
  const sent = new Map<string, OutboundJob[]>();
  for (const job of lastAttempts(jobs)) {
    const key = deliveryKey(job.fileName);
    sent.set(key, [...(sent.get(key) ?? []), job]);
  }
  const keys = new Set([...sent.keys(), ...arrived.keys()]);
  const results = Array.from(keys, (key) => ({
    result: resultOf(sent.get(key) ?? [], onceEach(arrived.get(key) ?? NOTHING)),
    at: sent.get(key)?.[0]?.startedAt ?? arrived.get(key)?.files[0]?.name.sentAt ?? 0,
  }));
  return results.sort((a, b) => a.at - b.at).map(({ result }) => result);
}

/** What failed is sent again under the same name: the last attempt says what became of a file. */
function lastAttempts(jobs: readonly OutboundJob[]): (OutboundJob & { readonly fileName: string })[] {
  const last = new Map<string, OutboundJob & { readonly fileName: string }>();
  for (const job of jobs) {
    const { fileName } = job;
    if (fileName === null) continue;
    const name = sentName(fileName);
    // The order is that of the last attempts.
    last.delete(name);
    last.set(name, { ...job, fileName });
  }
  return [...last.values()];
}

/** @param jobs of one delivery: one for all of its files, or one for each of them */
function resultOf(jobs: readonly OutboundJob[], arrived: ArrivedDelivery): DeliveryResult {
  const { files, infos } = arrived;
  const job = jobs[0];
  const first = job?.fileName ?? files[0]?.name.name ?? infos[0]?.path ?? '';
  const records = sum(jobs.map(({ successRecords }) => successRecords));
  const lines = sum(files.map((file) => (file.lines === null ? null : file.lines - file.headers)));
  const problems = [
    ...wrongFiles(jobs, arrived),
    ...wrongCount(arrived, lines, jobs.length === 0 ? null : records),
  ];
  return {
    delivery: first,
    status: statusOf(jobs, arrived, records, problems),
    mode: job === undefined ? (files[0]?.name.mode ?? null) : modeOf(job),
    startedAt: isoTime(job?.startedAt ?? null),
    endedAt: isoTime(jobs.at(-1)?.endedAt ?? null),
    files: files.map(({ path }) => path),
    lines: files.length === 0 ? 0 : lines,
    records: jobs.length === 0 ? null : records,
    problems,
  };
}

function statusOf(
  jobs: readonly OutboundJob[],
  { files }: ArrivedDelivery,
  records: number | null,
  problems: readonly string[],
): DeliveryResult['status'] {
  if (jobs.some(({ success }) => success === false)) return 'failed';
  if (files.length > 0) {
    if (problems.length > 0) return 'incomplete';
    return jobs.length === 0 ? 'unlisted' : 'arrived';
  }
  if (jobs.some(({ success, endedAt }) => success === null && endedAt === null)) return 'unfinished';
  return records === 0 && problems.length === 0 ? 'empty' : 'missing';
}

/** What is missing or differs, by the `.info` files; without them by the history and the numbers of the parts. */
function wrongFiles(jobs: readonly OutboundJob[], { files, infos }: ArrivedDelivery): string[] {
  const arrived = files.map((file) => ({ ...file, name: file.name.name }));
  const broken = infos.flatMap(({ path, mistake }) => (mistake === null ? [] : [sentence(path, mistake)]));
  const undecodable = files
    .filter(({ lines }) => lines === null)
    .map(({ path }) => `${path} cannot be decompressed: was it cut off?`);
  const lists = infos.flatMap(({ info }) => (info === null ? [] : [info]));
  const differing =
    lists.length > 0 ? lists.flatMap((info) => checkDelivery(info, arrived)) : missingParts(jobs, files);
  return [...broken, ...undecodable, ...differing];
}

/** Parts that the history names, or that are missing before the last one that arrived. */
function missingParts(jobs: readonly OutboundJob[], files: readonly ArrivedFile[]): string[] {
  if (files.length === 0) return [];
  const arrived = new Set(files.map(({ name }) => name.part ?? 0));
  const named = jobs.flatMap(({ fileName }) => {
    const name = fileName === null ? null : readFileName(fileName);
    return name === null ? [] : [name.part ?? 0];
  });
  // Some number their parts from 1.
  const start = arrived.has(0) || named.includes(0) ? 0 : 1;
  const last = Math.max(...arrived, ...named);
  if (last > MAX_PARTS) return [];
  const expected = Array.from({ length: last - start + 1 }, (_, index) => start + index);
  const missing = expected.filter((part) => !arrived.has(part));
  return missing.map((part) =>
    part === 0 ? 'The first part did not arrive.' : `Part ${part} did not arrive.`,
  );
}

/** Where no list of files says how many lines there are, the history does: a record is a line. */
function wrongCount(
  { files, infos }: ArrivedDelivery,
  lines: number | null,
  records: number | null,
): string[] {
  if (files.length === 0 || infos.some(({ info }) => info !== null)) return [];
  if (lines === null || records === null || lines === records) return [];
  return [`${lines} lines arrived, and ${records} records were sent.`];
}

function modeOf({ isFull, fileName }: OutboundJob): DeliveryFileName['mode'] {
  if (isFull !== null) return isFull ? 'FULL' : 'ITERATIVE';
  return fileName === null ? null : (readFileName(fileName)?.mode ?? null);
}

/** @returns `null` if one is not known */
function sum(counts: readonly (number | null)[]): number | null {
  let total = 0;
  for (const count of counts) {
    if (count === null) return null;
    total += count;
  }
  return total;
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function sentence(path: string, mistake: string): string {
  return `${path}: ${mistake}${/[.?]$/.test(mistake) ? '' : '.'}`;
}
