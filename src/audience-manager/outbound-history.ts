import { z } from 'zod';
import { storableText } from '../base/text.js';
import type { ContentType } from './charset.js';
import { AudienceManagerError } from './errors.js';
import { parseAnswer } from './json.js';
import { cutText } from './texts.js';

/**
 * What Audience Manager says of one job that sent data to a server-to-server destination. A field that is absent or
 * unusable is `null`. Source: "Destination API methods", job history of server-to-server destinations.
 */
export interface OutboundJob {
  readonly pushId: string | null;
  /** The kind of the user IDs: the data source that the destination receives. */
  readonly masterDpid: string | null;
  /** Whether everything was sent, and not only changes. */
  readonly isFull: boolean | null;
  readonly receivedRecords: number | null;
  readonly attemptedRecords: number | null;
  readonly successRecords: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  /** Milliseconds since the epoch. */
  readonly endedAt: number | null;
  /** Without folders; `null`: the job sent no file, as real-time messages. */
  readonly fileName: string | null;
  readonly success: boolean | null;
}

/** The jobs of a period. */
export interface OutboundHistory {
  /** In the order of their start; those without a start first. */
  readonly jobs: readonly OutboundJob[];
  /** Number of entries that could not be read. */
  readonly skipped: number;
}

/** A period: jobs that began in it, both ends included. In milliseconds since the epoch. */
export interface OutboundPeriod {
  readonly from: number;
  readonly to: number;
}

/** For error messages. */
const WHAT = 'a history of what was sent';

/** Maximum length of a file's name, in characters. */
const MAX_FILE_NAME_LENGTH = 255;

/** The last moment that RFC 3339 can express, in milliseconds since the epoch. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** In milliseconds, this is a day of 1973, when there were no jobs; in seconds, one of the year 5138. */
const MAX_SECONDS = 1e11;

const entries = z.array(z.unknown());
const answer = z.union([entries, z.object({ list: entries })]);

/** The query of a period. The documentation calls both an "epoch time", and its example is in milliseconds. */
export function outboundHistoryQuery({ from, to }: OutboundPeriod): string {
  return new URLSearchParams({ startDate: String(from), endDate: String(to) }).toString();
}

/**
 * Parses the answer of `GET destinations/{id}/history/outbound`. Jobs that began outside of the period are left out,
 * whatever the server takes its ends for.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseOutboundHistory(
  body: Uint8Array,
  contentType: ContentType,
  { from, to }: OutboundPeriod,
): OutboundHistory {
  const parsed = parseAnswer(body, contentType, answer, WHAT);
  const list = Array.isArray(parsed) ? parsed : parsed.list;
  const jobs = list.map(outboundJobOf).filter((job) => job !== null);
  if (list.length > 0 && jobs.length === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      `Audience Manager sent ${WHAT} without one readable entry.`,
    );
  }
  const within = jobs.filter(({ startedAt }) => startedAt === null || (startedAt >= from && startedAt <= to));
  return {
    jobs: within.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0)),
    skipped: list.length - jobs.length,
  };
}

/** @returns `null` for an entry that says neither which file was sent nor when */
function outboundJobOf(value: unknown): OutboundJob | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const job = {
    pushId: identifier(fields['pushID']),
    masterDpid: identifier(fields['dataProviderID']),
    isFull: flag(fields['fullPublish']),
    receivedRecords: count(fields['receivedRecords']),
    attemptedRecords: count(fields['attemptedRecords']),
    successRecords: count(fields['successRecords']),
    startedAt: time(fields['startTime']),
    endedAt: time(fields['endTime']),
    fileName: fileName(fields['dataFileName']),
    success: flag(fields['success']),
  };
  return job.fileName === null && job.startedAt === null ? null : job;
}

/** A number, also where it is written as text. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

const count = numberOf;

function identifier(value: unknown): string | null {
  const number = numberOf(value);
  return number === null ? null : String(number);
}

function time(value: unknown): number | null {
  const number = numberOf(value);
  if (number === null || number === 0) return null;
  const ms = number < MAX_SECONDS ? number * 1_000 : number;
  return ms <= MAX_TIME ? ms : null;
}

function flag(value: unknown): boolean | null {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === true || word === 'true' || word === 1 || word === '1') return true;
  return word === false || word === 'false' || word === 0 || word === '0' ? false : null;
}

function fileName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const name = value.split(/[/\\]/).at(-1)?.trim() ?? '';
  return cutText(storableText(name), MAX_FILE_NAME_LENGTH) || null;
}
