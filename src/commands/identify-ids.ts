import { setTimeout } from 'node:timers/promises';
import { annotate } from '../delivery/annotate.js';
import { Patience } from '../delivery/annotate-names.js';
import { IdTally } from '../delivery/annotate-tally.js';
import { DeliveryError } from '../delivery/delivery-error.js';
import { readFileName } from '../delivery/file-name.js';
import type { NameSource } from '../delivery/name-source.js';
import { findInput, readInput } from './annotate-input.js';
import { readIdFile } from './check-ids.js';
import { CommandError } from './command-error.js';
import { progressBar } from './progress-bar.js';

/** How a file is read, as the command line says. */
export interface IdFileOptions {
  readonly template?: string;
  readonly column?: string;
  readonly encoding?: string;
}

/** The IDs of a file. */
export interface FileIds {
  /** Each once. */
  readonly ids: readonly string[];
  /** There are more, which were not kept. */
  readonly isMore: boolean;
  /** The template that was guessed; `null`: none was. */
  readonly guessed: string | null;
  /** The first lines that cannot be read. */
  readonly broken: readonly string[];
}

/** How much of a file is looked at to see whether it is a list of IDs, in bytes. */
const HEAD_BYTES = 64 * 1_024;

/** Knows no names, so that the IDs are only collected. */
function noNames(format: string | null): NameSource {
  return {
    segmentIdType: null,
    format,
    lookUp: (ids) => Promise.resolve(ids.map((id) => ({ id, outcome: 'UNKNOWN' }))),
  };
}

/**
 * Reads the different IDs in a file: one of Audience Manager's, a table with a column of them, or a plain list.
 *
 * @param file `-`: standard input
 * @param format the template of its lines that the configuration says; `null`: it says none
 * @throws {CommandError} if it cannot be read
 */
export async function readFileIds(
  file: string,
  options: IdFileOptions,
  format: string | null = null,
): Promise<FileIds> {
  const { template, column, encoding } = options;
  const isStated = template !== undefined || column !== undefined;
  if (!isStated && readFileName(file) === null) return await readList(file);
  const input = await findInput(file);
  const bar = progressBar(process.stderr, input.name);
  const tally = new IdTally();
  let guessed: string | null = null;
  let head = Buffer.alloc(0);
  async function* seen(all: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of all) {
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES - head.length)]);
      yield piece;
    }
  }
  try {
    const pieces = readInput(input, {
      encoding: encoding ?? null,
      needsMd5: false,
      onBytes: (bytes) => {
        if (input.bytes !== null) bar.update(bytes, input.bytes);
      },
      onEnd: () => undefined,
    });
    const { firstBroken } = await annotate(seen(pieces), {
      source: noNames(format),
      tally,
      template: template ?? null,
      column: column ?? null,
      format: 'ndjson',
      guardCell: (text) => text,
      write: () => Promise.resolve(),
      patience: new Patience((ms) => setTimeout(ms)),
      onGuess: (text) => {
        guessed = text;
      },
    });
    const { unnamed, isMore } = tally.counts();
    const ids = unnamed.map(({ named }) => named.id);
    if (ids.length === 0) throw new CommandError(`${input.name} holds no segment IDs.`);
    return { ids, isMore, guessed, broken: firstBroken.map(({ line, reason }) => `line ${line}: ${reason}`) };
  } catch (error) {
    // A list may have a name such as ids.csv.
    if (error instanceof DeliveryError && !isStated && isList(head)) return await readList(file);
    if (error instanceof DeliveryError) throw new CommandError(`${input.name}: ${error.message}`);
    throw error;
  } finally {
    bar.end();
  }
}

async function readList(file: string): Promise<FileIds> {
  return { ids: await readIdFile(file), isMore: false, guessed: null, broken: [] };
}

/** Whether there is one word on each line, so that no line has a user and segments, or several cells. */
function isList(head: Buffer): boolean {
  return head
    .toString()
    .split(/\r\n|[\r\n]/)
    .every((line) => !/[\s,;|]/.test(line.trim()) && !line.trim().startsWith('{'));
}
