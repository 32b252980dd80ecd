import { DirectoryError, exportRows, type ExportSelection } from '../directory/index.js';
import { csvLines, inChunks, ndjsonLines, type ExportedSegment } from '../import-export/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import {
  requireCustomer,
  requireDestination,
  withDirectory,
  type DirectoryCustomer,
} from './with-directory.js';

/** Flags of `aam-gateway export`. */
export interface ExportCommandOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination?: string;
  readonly format: 'csv' | 'ndjson';
  /** Only what was given by hand, with what Audience Manager says beside it. */
  readonly overridden?: boolean;
}

/**
 * Writes all known segments of a customer, or of one of its destinations.
 *
 * @param write resolves when the output has accepted the text, so that a long export does not fill the memory
 * @param warn receives a message for each destination that is left out
 */
export async function exportCommand(
  options: ExportCommandOptions,
  write: (text: string) => Promise<void>,
  warn: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  await withDirectory(options.config, redactor, async (directory) => {
    const overridden = options.overridden === true;
    // All destinations are read before anything is written: an incomplete export would look complete.
    const segments =
      options.destination === undefined
        ? await segmentsOf(requireCustomer(directory, options.customer), { overridden }, warn)
        : await exportRows(requireDestination(directory, options.customer, options.destination), {
            overridden,
          });
    const linesOf = options.format === 'csv' ? csvLines : ndjsonLines;
    const lines = linesOf(segments, { listed: overridden });
    for await (const chunk of inChunks(lines)) await write(chunk);
  });
}

/** The segments of all destinations. Destinations that cannot be read are left out, with a warning. */
async function segmentsOf(
  customer: DirectoryCustomer,
  selection: ExportSelection,
  warn: (text: string) => void,
): Promise<Iterable<ExportedSegment>> {
  const lists = await Promise.all(
    Array.from(customer.destinations.values(), async (destination) => {
      try {
        return await exportRows(destination, selection);
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        warn(`left out: ${error.message}`);
        return [];
      }
    }),
  );
  return concatenate(lists);
}

function* concatenate<T>(lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list;
}
