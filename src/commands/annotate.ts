import { open, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { annotate, OutputHeader } from '../delivery/annotate.js';
import { Patience } from '../delivery/annotate-names.js';
import { explainUnnamed, unnamedReport } from '../delivery/annotate-report.js';
import { IdTally, type IdCounts } from '../delivery/annotate-tally.js';
import { DeliveryError } from '../delivery/delivery-error.js';
import { readFileName } from '../delivery/file-name.js';
import type { LineCounts } from '../delivery/lines-batch.js';
import type { NameSource, NameSources } from '../delivery/name-source.js';
import { readTemplate } from '../delivery/template.js';
import { guardCell } from '../import-export/formula-guard.js';
import type { Redactor } from '../telemetry/redaction.js';
import { Deliveries } from './annotate-deliveries.js';
import { findInput, readInput, type Input, type ReadInput } from './annotate-input.js';
import { WholeLines } from './annotate-whole-lines.js';
import { CommandError, FileFailure } from './command-error.js';
import { withNames, type NameSourceOptions } from './name-sources/names.js';
import { progressBar } from './progress-bar.js';

/** Flags of `aam-gateway annotate`. */
export interface AnnotateCommandOptions extends NameSourceOptions {
  readonly customer?: string;
  readonly destination?: string;
  readonly template?: string;
  readonly column?: string;
  readonly format?: 'ndjson' | 'csv';
  readonly encoding?: string;
  readonly report?: string;
  readonly strict?: boolean;
}

/** What the command writes to. */
export interface AnnotateOutput {
  /** Takes the annotated lines. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Takes everything else, line by line. */
  readonly warn: (text: string) => void;
}

/** How many IDs of each reason are shown at the end; all of them are in the report. */
const MAX_SHOWN_IDS = 20;

/** The exit code of `--strict` where an ID has no name. */
const NOT_ALL_NAMED = 3;

/** The files of one destination, and what they held. */
interface Scope {
  readonly destinationId: string;
  readonly source: NameSource;
  readonly tally: IdTally;
  readonly patience: Patience;
  readonly files: string[];
}

/**
 * Writes files of Audience Manager, or tables with segment IDs, with the names of the segments.
 *
 * @returns the exit code: 0; 1 if a delivery is not what was sent; 3 with `strict` if an ID has no name or a line was passed
 *   over
 * @throws {CommandError}
 */
export async function annotateCommand(
  files: readonly string[],
  options: AnnotateCommandOptions,
  output: AnnotateOutput,
  redactor: Redactor,
): Promise<number> {
  checkUsage(options);
  const isInfo = (file: string): boolean => readFileName(file)?.content === 'INFO';
  const inputs = await Promise.all(files.filter((file) => !isInfo(file)).map((file) => findInput(file)));
  if (inputs.length === 0) throw new CommandError('Name at least one file besides the .info file.', 2);
  const destinations = inputs.map((input) => destinationOf(input, options));
  sayDestinations(inputs, options, output.warn);
  const paths = inputs.map(({ path }) => path).filter((path) => path !== '-');
  const deliveries = await Deliveries.of(paths, files.filter(isInfo));
  if (options.report !== undefined) await checkReport(options.report);
  const work = async (names: NameSources): Promise<number> => {
    const scopes = await openScopes(destinations, options.customer ?? null, names);
    const run = new Run(options, output, deliveries, scopes, inputs.length === 1);
    for (const [index, input] of inputs.entries()) {
      try {
        await run.annotate(input, destinations[index] ?? '');
      } catch (error) {
        // What is wrong with one file is no reason to leave out the others, or the summary of what was written.
        if (!(error instanceof FileFailure)) throw error;
        run.fail(error.message);
      }
    }
    return await run.end();
  };
  try {
    return await withNames(options, redactor, work);
  } finally {
    // A read that waits for whoever sends the input would keep the process alive after an error.
    if (inputs.some(({ path }) => path === '-')) process.stdin.destroy();
  }
}

/** @throws {CommandError} if the flags contradict each other, or cannot be used */
function checkUsage({ template, column, format }: AnnotateCommandOptions): void {
  if (template === undefined) return;
  if (column !== undefined) {
    throw new CommandError(
      '--column is for a table with a header, and --template for lines of users: state one of them.',
      2,
    );
  }
  try {
    const read = readTemplate(template);
    if (format === 'csv' && read !== 'default' && read.kind === 'json') {
      throw new DeliveryError('lines of JSON have no columns: leave out --format csv.');
    }
  } catch (error) {
    if (error instanceof DeliveryError) throw new CommandError(`--template: ${error.message}`, 2);
    throw error;
  }
}

/** @throws {CommandError} if nothing tells */
function destinationOf({ path, name }: Input, { destination }: AnnotateCommandOptions): string {
  const told = destination ?? readFileName(path)?.destinationId ?? null;
  if (told !== null) return told;
  throw new CommandError(
    `The name of ${name} does not tell its destination: state it with --destination.`,
    2,
  );
}

/**
 * Says which destination was read from a name with one number only: the documented names have two, and the one that is there
 * may be the kind of user ID. Once for each destination.
 */
function sayDestinations(
  inputs: readonly Input[],
  { destination }: AnnotateCommandOptions,
  warn: (text: string) => void,
): void {
  if (destination !== undefined) return;
  const said = new Set<string>();
  for (const { path, name } of inputs) {
    const { destinationId = null, masterDpid = null } = readFileName(path) ?? {};
    if (destinationId === null || masterDpid !== null || said.has(destinationId)) continue;
    said.add(destinationId);
    warn(
      `${name}: took the only number in its name for --destination ${destinationId}; state it if that is wrong.`,
    );
  }
}

/** Before the first file: of one destination that does not exist, the others would have been written in vain. */
async function openScopes(
  destinations: readonly string[],
  customerId: string | null,
  names: NameSources,
): Promise<ReadonlyMap<string, Scope>> {
  const scopes = new Map<string, Scope>();
  for (const destinationId of new Set(destinations)) {
    const source = await names.open({ customerId, destinationId });
    const patience = new Patience((ms) => setTimeout(ms));
    scopes.set(destinationId, { destinationId, source, tally: new IdTally(), patience, files: [] });
  }
  return scopes;
}

/** Annotates several files one after the other. */
class Run {
  readonly #options: AnnotateCommandOptions;
  readonly #output: AnnotateOutput;
  readonly #deliveries: Deliveries;
  readonly #scopes: ReadonlyMap<string, Scope>;
  readonly #header = new OutputHeader();
  readonly #isSingle: boolean;
  #lines = 0;
  #written = 0;
  #broken = 0;
  #failures = 0;

  constructor(
    options: AnnotateCommandOptions,
    output: AnnotateOutput,
    deliveries: Deliveries,
    scopes: ReadonlyMap<string, Scope>,
    isSingle: boolean,
  ) {
    this.#isSingle = isSingle;
    this.#options = options;
    this.#output = output;
    this.#deliveries = deliveries;
    this.#scopes = scopes;
  }

  async annotate(input: Input, destinationId: string): Promise<void> {
    const scope = this.#scopes.get(destinationId);
    if (scope === undefined) throw new Error(`destination ${destinationId} was not opened`);
    const { source, tally, patience, files } = scope;
    const { template, column, encoding } = this.#options;
    const { warn, write } = this.#output;
    const bar = progressBar(process.stderr, input.name);
    let read: ReadInput | null = null;
    const pieces = readInput(input, {
      encoding: encoding ?? null,
      needsMd5: this.#deliveries.isListed(input.path),
      onBytes: (bytes) => {
        if (input.bytes !== null) bar.update(bytes, input.bytes);
      },
      onEnd: (end) => {
        read = end;
      },
    });
    const whole = new WholeLines();
    try {
      const counts = await annotate(whole.read(pieces), {
        source,
        tally,
        template: template ?? null,
        column: column ?? null,
        format: this.#options.format ?? (column === undefined ? 'ndjson' : 'csv'),
        guardCell,
        write,
        patience,
        onGuess: (guessed) => {
          bar.end();
          const unasked =
            this.#options.gateway === undefined
              ? ''
              : " (a format in the gateway's configuration is not asked for)";
          warn(`${input.name}: guessed --template '${guessed}'; state it if that is wrong${unasked}.`);
        },
        header: this.#header,
        origin: this.#isSingle ? null : { file: input.name, destination: destinationId },
      });
      bar.end();
      files.push(input.name);
      this.#count(input, counts, read);
      if (column === undefined && whole.endsOpen) this.#doubtEnd(input, read);
      if (whole.failure !== null) throw whole.failure;
    } catch (error) {
      // What there was of the file may be too little to tell how it is made.
      if (error instanceof DeliveryError && whole.failure !== null) throw whole.failure;
      if (error instanceof DeliveryError) throw new FileFailure(`${input.name}: ${error.message}`);
      throw error;
    } finally {
      bar.end();
    }
  }

  /** Notes that a file could not be read, or not to its end. */
  fail(message: string): void {
    this.#failures += 1;
    this.#output.warn(message);
  }

  /** Reports what was found. @returns the exit code */
  async end(): Promise<number> {
    const { warn } = this.#output;
    const { report, strict } = this.#options;
    const texts: string[] = [];
    let isUnnamed = false;
    let sum = '';
    for (const scope of this.#scopes.values()) {
      const ids = scope.tally.counts();
      sum += `\n${this.#scopes.size > 1 ? `destination ${scope.destinationId}: ` : ''}${idsInWords(ids)}`;
      if (ids.unnamed.length === 0 && !ids.isMoreUnnamed) continue;
      isUnnamed = true;
      const groups = await explainUnnamed(ids, scope.source);
      const title = `Segments of Audience Manager in ${scope.files.join(', ')} (destination ${scope.destinationId})`;
      texts.push(unnamedReport(title, ids, groups));
      warn(`\n${unnamedReport(title, ids, groups, MAX_SHOWN_IDS)}`);
    }
    warn(`${this.#lines} lines, ${this.#written} written, ${this.#broken} passed over${sum}`);
    if (report !== undefined) await writeReport(report, texts);
    const { wrong, well } = await this.#deliveries.check();
    for (const text of [...wrong, ...well]) warn(text);
    if (wrong.length > 0 || this.#failures > 0) return 1;
    return strict === true && (isUnnamed || this.#broken > 0) ? NOT_ALL_NAMED : 0;
  }

  /** Half of the last line of a file that was cut off looks like a whole one. Of a packed file, unpacking would have failed. */
  #doubtEnd({ path, name }: Input, read: ReadInput | null): void {
    if (read === null || read.isPacked || this.#deliveries.hasListedSize(path, read.bytes)) return;
    this.#output.warn(
      `${name}: its last line has no line end; if the file was cut off, the last ID in it may not be whole.`,
    );
  }

  #count({ path, name }: Input, counts: LineCounts, read: ReadInput | null): void {
    const { warn } = this.#output;
    for (const { line, reason } of counts.firstBroken) warn(`${name}, line ${line}: ${reason}`);
    const more = counts.broken - counts.firstBroken.length;
    if (more > 0) warn(`${name}: … and ${more} more lines that cannot be read`);
    if (counts.headers > 0) {
      warn(
        `${name}: ${counts.headers === 1 ? 'the first line is a header' : `the first ${counts.headers} lines are headers`}.`,
      );
    }
    if (counts.written === 0 && counts.broken > 0) {
      this.fail(
        `${name}: no line could be read. State how the lines are made with --template, or their encoding with --encoding.`,
      );
    }
    this.#lines += counts.lines;
    this.#written += counts.written;
    this.#broken += counts.broken;
    if (read === null) return;
    const { bytes, md5 } = read;
    this.#deliveries.add(path, { bytes, md5, lines: counts.lines, headers: counts.headers });
  }
}

function idsInWords({ segments, distinct, isMore, withName }: IdCounts): string {
  const all = `${isMore ? 'more than ' : ''}${distinct}`;
  return `${segments} segments, ${all} different IDs, ${withName} of them with a name`;
}

/** Before hours of work, of which nothing would be kept. @throws {CommandError} if the file cannot be written */
async function checkReport(file: string): Promise<void> {
  // What is in it from before stays until there is something to write.
  await open(file, 'a').then((opened) => opened.close(), unwritableReport(file));
}

async function writeReport(file: string, texts: readonly string[]): Promise<void> {
  const text = texts.length === 0 ? 'All segment IDs have a name.\n' : texts.join('\n');
  await writeFile(file, text).catch(unwritableReport(file));
}

function unwritableReport(file: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${file} cannot be written (${code ?? String(error)}): check --report.`);
  };
}
