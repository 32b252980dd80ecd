/** What the name of a file of a delivery tells. Every part may be missing. */
export interface DeliveryFileName {
  /** The name itself, without folders. */
  readonly name: string;
  /** How it was sent, in lower case: `ftp`, `s3` or `http`. */
  readonly syncType: string | null;
  /** The destination's ID in Audience Manager. It is what stands at its place: nobody has checked that it is one. */
  readonly destinationId: string | null;
  /** The kind of user ID in the file: 20914 Google, 20915 Apple, else the ID of a data source. */
  readonly masterDpid: string | null;
  /** The customer's ID at the partner. */
  readonly pidAlias: string | null;
  /** ITERATIVE: changes since the last file. FULL: everything. */
  readonly mode: 'ITERATIVE' | 'FULL' | null;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sentAt: number | null;
  /** The number of the part; `null` for the first or only file of a delivery. */
  readonly part: number | null;
  /** DATA: lines of users. INFO: the list of the files of a delivery. */
  readonly content: 'DATA' | 'INFO';
  readonly isGzip: boolean;
  /** Equal for all files of one delivery, whatever their mode and part. */
  readonly root: string;
}

const EXTENSION = /\.(sync|csv|info)(\.gz)?$/i;
const SYNC_TYPE = /^(ftp|sftp|s3|https?)$/i;
const MODE = /_?(iter|full)(?=_|$)/gi;
const NUMBER = /^\d{1,19}$/;

/** Data sources of Adobe for all customers, whose numbers are no destinations. Source: "Global data sources". */
const GLOBAL_DATA_SOURCES = new Set([
  '20914',
  '20915',
  '20916',
  '20917',
  '20918',
  '20919',
  '20920',
  '121963',
]);

/**
 * Reads the name of a file of a delivery:
 * `[SYNC_TYPE][_DID][_MASTER_DPID][_PID_ALIAS][_SYNC_MODE][_TIMESTAMP][SPLITNUM].sync[.gz]`, also `.csv` and `.info`.
 * Source: "Outbound data file name: syntax and examples", "Outbound template macros".
 *
 * @param path with or without folders
 * @returns `null` if it is not the name of such a file
 */
export function readFileName(path: string): DeliveryFileName | null {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const extension = EXTENSION.exec(name);
  if (extension === null) return null;
  const stem = name.slice(0, extension.index);
  // From the mode outwards: an alias may contain anything, also underscores and digits.
  const mode = [...stem.matchAll(MODE)].at(-1);
  const [head, tail] =
    mode === undefined
      ? splitAtTime(stem)
      : [stem.slice(0, mode.index), stem.slice(mode.index + mode[0].length)];
  const time = readTime(tail);
  const parts = readHead(head);
  return {
    name,
    ...parts,
    mode: mode === undefined ? null : mode[1]?.toLowerCase() === 'full' ? 'FULL' : 'ITERATIVE',
    sentAt: time.sentAt,
    part: time.part,
    content: extension[1]?.toLowerCase() === 'info' ? 'INFO' : 'DATA',
    isGzip: extension[2] !== undefined,
    root: rootOf(head, time.stamp),
  };
}

/** Without a mode, the time is what stands last, if it looks like one. */
function splitAtTime(stem: string): [string, string] {
  const time = /_\d{10,}(-\d{1,6})?$/.exec(stem);
  return time === null ? [stem, ''] : [stem.slice(0, time.index), stem.slice(time.index)];
}

type Head = Pick<DeliveryFileName, 'syncType' | 'destinationId' | 'masterDpid' | 'pidAlias'>;

function readHead(head: string): Head {
  const parts = head.split('_').filter((part) => part !== '');
  const syncType = SYNC_TYPE.test(parts[0] ?? '') ? (parts.shift() ?? '').toLowerCase() : null;
  const takeNumber = (): string | null => (NUMBER.test(parts[0] ?? '') ? (parts.shift() ?? null) : null);
  const first = takeNumber();
  const isDataSource = first !== null && GLOBAL_DATA_SOURCES.has(first);
  const destinationId = isDataSource ? null : first;
  const second = destinationId === null ? null : takeNumber();
  // Some names have the ID of the partner's data source before the kind of user ID.
  const third = GLOBAL_DATA_SOURCES.has(parts[0] ?? '') ? takeNumber() : null;
  const masterDpid = isDataSource ? first : (third ?? second);
  return { syncType, destinationId, masterDpid, pidAlias: parts.length === 0 ? null : parts.join('_') };
}

interface Time {
  /** The digits of the time, without those of the part. */
  readonly stamp: string;
  readonly sentAt: number | null;
  readonly part: number | null;
}

/**
 * The time of 13 digits (milliseconds), 10 digits (seconds) or 14 digits (a date), and the number of the part behind it. 13
 * digits may also be 10 and the number of a part, which cannot be told apart: they count as milliseconds, as documented.
 */
function readTime(tail: string): Time {
  const match = /^_?(\d*)(?:-(\d{1,6}))?/.exec(tail);
  const digits = match?.[1] ?? '';
  const listed = match?.[2];
  const length = stampLength(digits);
  const stamp = digits.slice(0, length);
  const glued = digits.slice(length);
  const part = listed ?? (glued === '' ? null : glued);
  return { stamp, sentAt: timeOf(stamp), part: part === null ? null : Number(part) };
}

function stampLength(digits: string): number {
  if (digits.length === 14 || digits.length >= 17) {
    if (dateOf(digits.slice(0, 14)) !== null) return 14;
  }
  if (digits.length === 13 || digits.length >= 16) return 13;
  // What follows a time is a number of three digits or more.
  return digits.length >= 13 ? 10 : digits.length;
}

function timeOf(stamp: string): number | null {
  if (stamp.length === 13) return Number(stamp);
  if (stamp.length === 10) return Number(stamp) * 1_000;
  return stamp.length === 14 ? dateOf(stamp) : null;
}

/** A date such as 20260131235959, in UTC; `null` if there is no such date. */
function dateOf(digits: string): number | null {
  const parts = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(text);
  return Number.isNaN(time) || new Date(time).toISOString() !== text ? null : time;
}

function rootOf(head: string, stamp: string): string {
  const parts = head.split('_').filter((part) => part !== '');
  const isSyncType = SYNC_TYPE.test(parts[0] ?? '');
  // The same delivery is called `s3` in one place and `S3` in another.
  return [...(isSyncType ? [parts[0]?.toLowerCase(), ...parts.slice(1)] : parts), stamp].join('_');
}

/** A name of a file, without its mode, so that the names in a list of files fit those that arrived. */
export function withoutMode(name: string): string {
  return name.replace(/_(iter|full)(?=_|\.)/i, '').toLowerCase();
}
