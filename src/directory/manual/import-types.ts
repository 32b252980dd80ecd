import type {
  FileColumn,
  FileRowMistake,
  FileRowWarning,
  WorkbookSheets,
} from '../../import-export/index.js';
import type { IdentifierType, Segment } from '../../segments/index.js';
import type { EditMode } from '../snapshot/manual-layer.js';

/** How an import treats existing manual entries. MERGE: they are kept. REPLACE: those not in the file are removed. */
export type ImportMode = Exclude<EditMode, 'SET'>;

/** Options of `importContent`. */
export interface ImportOptions {
  /** Who imports the file. */
  readonly by: string;
  /**
   * When the file came, in milliseconds since the epoch: what was changed by hand later is newer than the file, and
   * stays. So do the entries of a file that came later, whichever of the two is stored first.
   */
  readonly startedAt: number;
  readonly mode: ImportMode;
  /** Only says what would change. */
  readonly dryRun: boolean;
  /** Imports the good file rows even if others have mistakes. */
  readonly skipBad: boolean;
  /** Imports a file that names another customer or destination as the owner of all its rows. Default: false. */
  readonly force?: boolean;
  /**
   * The kind of IDs whose kind the file does not state. In a file with one column of IDs, it also overrules what that
   * column is called. Default: the one in the destination's settings.
   */
  readonly idType?: IdentifierType | null;
  /** The title of the column that holds the IDs. Default: found by its title. */
  readonly idColumn?: string | null;
  /** The title of the column that holds the names. Default: found by its title. */
  readonly nameColumn?: string | null;
  /** What the file is called, for the list of imports. */
  readonly fileName?: string | null;
  /**
   * Whether the outcome may tell what is stored. Default: true. Otherwise it names no segments, counts nothing unless the
   * import is applied, and an import that cannot be applied, whatever is stored, only has the mistakes of the file.
   */
  readonly mayRead?: boolean;
  /** Called while the file is read. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the import as long as nothing is stored. */
  readonly signal?: AbortSignal;
}

/** Number of segments by what an import changed. */
export interface ManualCounts {
  readonly created: number;
  readonly renamed: number;
  /** Changed otherwise: the description, the status, or only whether a value is set manually. */
  readonly updated: number;
  readonly unchanged: number;
  /** Manual entries removed by REPLACE. */
  readonly removed: number;
  /** Segments that were changed by hand after the import had begun, and therefore stay as they are. */
  readonly kept: number;
}

/** What an import does to one segment. */
export type ImportChangeKind = 'CREATED' | 'RENAMED' | 'UPDATED' | 'REMOVED';

/** What an import changes of one segment. */
export interface ImportChange {
  readonly kind: ImportChangeKind;
  /** The line of the file, starting at 1; `null` if the change is that the file does not have the segment. */
  readonly line: number | null;
  /** The segment before; `null` if the import creates it. */
  readonly from: Segment | null;
  readonly to: Segment;
}

/** The result of an import. */
export interface ImportOutcome extends ManualCounts {
  /** Whether the changes were stored. */
  readonly applied: boolean;
  /** Names the import, to list it and to take it back; `null` if it was not applied. */
  readonly importId: string | null;
  /** Number of file rows with mistakes. One file row may have several mistakes. */
  readonly rejected: number;
  readonly mistakes: readonly FileRowMistake[];
  /** What is suspicious about file rows that are imported nevertheless, and rows that were passed over. */
  readonly warnings: readonly FileRowWarning[];
  /** What was done with the file as a whole. Sentences for people. */
  readonly notes: readonly string[];
  /** What changes, in the order of the file; what is removed comes last. */
  readonly changes: readonly ImportChange[];
  /** The columns of the file, in order, and what each was taken for. */
  readonly columns: readonly FileColumn[];
  /** `null` if the file is no workbook. */
  readonly sheets: WorkbookSheets | null;
}

/** The counts of an outcome, without the texts about single rows, as audit entries have them. */
export function importCounts({
  mistakes: _mistakes,
  warnings: _warnings,
  notes: _notes,
  changes: _changes,
  columns: _columns,
  sheets: _sheets,
  ...counts
}: ImportOutcome): object {
  return counts;
}
