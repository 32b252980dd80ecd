import { DeliveryError } from './delivery-error.js';
import { readLooseJson } from './loose-json.js';

/** One file of a delivery, as its `.info` file lists it. What the list does not say is `null`. */
export interface ListedFile {
  readonly name: string;
  /** Size as it was sent, in bytes. */
  readonly bytes: number | null;
  readonly lines: number | null;
  /** Its place in the delivery, from 1. */
  readonly sequenceNumber: number | null;
  /** Hexadecimal, in lower case. */
  readonly md5: string | null;
}

/** What a `.info` file says of a delivery. */
export interface DeliveryInfo {
  readonly files: readonly ListedFile[];
  readonly totals: {
    readonly name: string | null;
    readonly bytes: number | null;
    readonly files: number | null;
    readonly lines: number | null;
  };
}

/** Maximum length of a `.info` file, in characters. A file is listed with about 200. */
export const MAX_INFO_LENGTH = 4 * 1_024 * 1_024;

/**
 * Reads a `.info` file: JSON, also without quotes around the keys.
 * Source: "Outbound data transfers: .info files".
 *
 * @throws {DeliveryError} if it is not such a file
 */
export function readInfoFile(text: string): DeliveryInfo {
  if (text.length > MAX_INFO_LENGTH) throw new DeliveryError('it is too long for an .info file');
  const root = asObject(readLooseJson(text), 'it');
  const files = field(root, 'Files');
  if (!Array.isArray(files)) throw new DeliveryError('it is not an .info file: it has no list "Files"');
  const totals = field(root, 'Totals') ?? {};
  const total = asObject(totals, '"Totals"');
  return {
    files: files.map((file: unknown, index) => readListed(file, index)),
    totals: {
      name: textOf(field(total, 'FileName')),
      bytes: countOf(field(total, 'TotalByteSize'), 'TotalByteSize'),
      files: countOf(field(total, 'TotalNumberFiles'), 'TotalNumberFiles'),
      lines: countOf(field(total, 'TotalNumberLines'), 'TotalNumberLines'),
    },
  };
}

function readListed(value: unknown, index: number): ListedFile {
  const file = asObject(value, `entry ${index + 1} of "Files"`);
  const name = textOf(field(file, 'FileName'));
  if (name === null) throw new DeliveryError(`entry ${index + 1} of "Files" has no "FileName"`);
  const md5 = textOf(field(file, 'md5'))?.toLowerCase() ?? null;
  return {
    // Some lists have the path at the sender.
    name: name.slice(name.lastIndexOf('/') + 1),
    bytes: countOf(field(file, 'FileByteSize'), 'FileByteSize'),
    lines: countOf(field(file, 'FileLineCount'), 'FileLineCount'),
    sequenceNumber: countOf(field(file, 'FileSequenceNumber'), 'FileSequenceNumber'),
    md5: md5 !== null && /^[0-9a-f]{32}$/.test(md5) ? md5 : null,
  };
}

function asObject(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (value instanceof Map) return value as ReadonlyMap<string, unknown>;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map();
  throw new DeliveryError(`${what} is not an object: is this an .info file?`);
}

/** A field by its name, in any letter case. */
function field(object: ReadonlyMap<string, unknown>, name: string): unknown {
  return object.get(name.toLowerCase());
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;
}

function countOf(value: unknown, name: string): number | null {
  if (value === undefined || value === null || value === '') return null;
  const count = typeof value === 'string' ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new DeliveryError(`"${name}" is not a number of bytes, lines or files`);
}
