import type { ImportChange, ImportOutcome } from '../directory/index.js';
import { quoteForMessage } from '../import-export/index.js';

/** Flags that the report depends on. */
interface ReportOptions {
  readonly dryRun?: boolean;
  readonly skipBad?: boolean;
}

/** Maximum number of mistakes, and of warnings, that are printed. */
const MAX_SHOWN = 20;

/** What a person reads of an import. A dry run shows what would change. */
export function reportOf(outcome: ImportOutcome, options: ReportOptions): string {
  const { created, renamed, updated, unchanged, removed, kept, rejected } = outcome;
  const counts = [
    `created ${created}`,
    `renamed ${renamed}`,
    `updated ${updated}`,
    `unchanged ${unchanged}`,
    `removed ${removed}`,
    ...(kept > 0 ? [`kept ${kept}`] : []),
    `rejected ${rejected}`,
  ];
  const lines = [
    ...outcome.notes,
    ...(options.dryRun === true ? changeLines(outcome) : []),
    ...shown(outcome.warnings.map(({ line, reason }) => `line ${line}: warning: ${reason}`)),
    ...shown(outcome.mistakes.map(({ line, reason }) => `line ${line}: ${reason}`)),
    counts.join(', '),
    ...endOf(outcome, options),
  ];
  return lines.join('\n');
}

function shown(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_SHOWN) return lines;
  return [...lines.slice(0, MAX_SHOWN), `… and ${lines.length - MAX_SHOWN} more`];
}

function endOf({ applied, importId }: ImportOutcome, { dryRun, skipBad }: ReportOptions): string[] {
  if (importId !== null) return [`Import ${importId}. To take it back: aam-gateway undo ${importId}`];
  if (dryRun === true) return ['Nothing was written: this was a dry run.'];
  if (applied) return [];
  return skipBad === true
    ? ['Nothing was written: no row is valid.']
    : ['Nothing was written: correct the rejected rows, or use --skip-bad to import only the valid ones.'];
}

function changeLines({ changes, created, renamed, updated, removed }: ImportOutcome): string[] {
  const lines = changes.map(changeLine);
  const rest = created + renamed + updated + removed - changes.length;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines;
}

function changeLine({ kind, line, from, to }: ImportChange): string {
  const place = line === null ? 'not in the file' : `line ${line}`;
  const fields = (['name', 'description', 'status'] as const).flatMap((field) => {
    const [before, after] = [from?.[field] ?? null, to[field]];
    if (before === after) return [];
    return [from === null ? `${field} ${textOf(after)}` : `${field} ${textOf(before)} → ${textOf(after)}`];
  });
  // The values are the same, but are kept by hand now, or no longer.
  const what = fields.length === 0 ? ['given by hand'] : fields;
  return `${place}: ${kind.toLowerCase()} ${to.id}: ${what.join(', ')}`;
}

function textOf(value: string | null): string {
  return value === null ? 'none' : quoteForMessage(value);
}
