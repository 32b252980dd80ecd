import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Account } from '../account-registry.js';
import type { SimulatorDestination } from '../types.js';
import { lineOf, saysWhoLeft } from './lines.js';
import type { DeliveredFile, OutboundFormat, OutboundJob, SyncMode } from './types.js';
import { sampleUsers } from './users.js';

/** A delivery to make. */
export interface DeliveryOptions {
  /** Default `iter`. */
  readonly mode?: SyncMode;
  /** Number of users, which is that of the lines. Default 40. */
  readonly users?: number;
  /** When it is sent, in milliseconds since the epoch. Default: now, by the simulator's clock. */
  readonly at?: number;
}

/** The same with its number: how many deliveries the destination got before. */
interface NumberedDelivery extends DeliveryOptions {
  readonly at: number;
  readonly number: number;
}

/** What is sent, and what the history says of it. */
export interface Delivery {
  readonly files: readonly DeliveredFile[];
  readonly job: OutboundJob;
}

const DEFAULT_USERS = 40;
const FIRST_PUSH_ID = 34_090;
/** How long a delivery takes, in milliseconds. */
const SENDING_MS = 1_000;
const SPLIT_DIGITS = 3;

/** Makes the files of a delivery, the `.info` file last, and the entry of the history. */
export function createDelivery(
  { pid, key }: Pick<Account, 'pid' | 'key'>,
  destination: SimulatorDestination,
  { mode = 'iter', users: count = DEFAULT_USERS, at, number }: NumberedDelivery,
): Delivery {
  const format = destination.outbound ?? {};
  const { template = 'default', masterDpid = 20914, parts = 1, info = false } = format;
  const leaving = mode === 'iter' && saysWhoLeft(template);
  const users = sampleUsers(destination, { count, seed: destination.id + number, at, leaving });
  const context = { pid, advertiser: format.pidAlias ?? key, masterDpid };
  const lines = users.map((user) => `${lineOf(template, user, context)}\n`);
  const root = rootName(destination.id, format, mode, at);
  const size = Math.max(1, Math.ceil(lines.length / parts));
  const contents = Array.from({ length: parts }, (_, part) => lines.slice(part * size, (part + 1) * size));
  const files = contents.map((content, part) => fileOf(root, format, part, content));
  const infoFile = {
    name: `${root}.info`,
    bytes: Buffer.from(
      infoText(
        root,
        files,
        contents.map(({ length }) => length),
      ),
    ),
  };
  const records = lines.length;
  return {
    files: info ? [...files, infoFile] : files,
    job: {
      pushId: FIRST_PUSH_ID + number,
      dataProviderId: masterDpid,
      fullPublish: mode === 'full',
      receivedRecords: records,
      attemptedRecords: records,
      successRecords: records,
      startTime: at,
      endTime: at + SENDING_MS,
      dataFileName: files[0]?.name ?? root,
      success: true,
    },
  };
}

/** Source: "Outbound data file names", naming conventions. */
function rootName(destinationId: number, format: OutboundFormat, mode: SyncMode, at: number): string {
  const { syncType = 'S3', masterDpid = 20914, pidAlias = null } = format;
  return [syncType, destinationId, masterDpid, ...(pidAlias === null ? [] : [pidAlias]), mode, at].join('_');
}

function fileOf(
  root: string,
  { gzip = false, extension = 'sync' }: OutboundFormat,
  part: number,
  lines: readonly string[],
): DeliveredFile {
  const split = part === 0 ? '' : String(part).padStart(SPLIT_DIGITS, '0');
  const bytes = Buffer.from(lines.join(''));
  return {
    name: `${root}${split}.${extension}${gzip ? '.gz' : ''}`,
    bytes: gzip ? gzipSync(bytes) : bytes,
  };
}

/** The text of a `.info` file. Its keys have no quotes. Source: "Transfer-control files for log file transfers". */
function infoText(root: string, files: readonly DeliveredFile[], lineCounts: readonly number[]): string {
  const entries = files.map(({ name, bytes }, index) =>
    [
      `FileByteSize: ${bytes.length}`,
      `FileLineCount: ${lineCounts[index] ?? 0}`,
      `FileName: "${name}"`,
      `FileSequenceNumber: ${index + 1}`,
      `md5: "${createHash('md5').update(bytes).digest('hex')}"`,
    ].join(', '),
  );
  const totals = [
    `FileName: "${root}"`,
    `TotalByteSize: ${sum(files.map(({ bytes }) => bytes.length))}`,
    `TotalNumberFiles: ${files.length}`,
    `TotalNumberLines: ${sum(lineCounts)}`,
  ].join(', ');
  return `{ Files: [ ${entries.map((entry) => `{ ${entry} }`).join(', ')} ], Totals: { ${totals} } }\n`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
