import { mappingIdOf, type ImportChange, type ImportOutcome, type Segment } from '../../directory/index.js';

/** Maximum length of each list in an answer. The counts are of all. */
const MAX_LISTED = 1_000;

/** The result of an import as JSON, with the fields of the GraphQL type ImportResult. */
export function importResult(outcome: ImportOutcome): object {
  const { mistakes, warnings, notes, changes, columns, sheets, ...counts } = outcome;
  const { applied, importId, created, renamed, updated, unchanged, removed, kept, rejected } = counts;
  return {
    applied,
    importId,
    created,
    renamed,
    updated,
    unchanged,
    removed,
    kept,
    rejected,
    mistakes: mistakes.slice(0, MAX_LISTED).map(atLine),
    warnings: warnings.slice(0, MAX_LISTED).map(atLine),
    notes,
    changes: changes.slice(0, MAX_LISTED).map(changeOf),
    columns,
    sheet: sheets?.sheet ?? null,
    sheets: sheets?.sheets ?? [],
  };
}

function atLine({ line, reason }: { readonly line: number; readonly reason: string }): object {
  return { line, reason };
}

function changeOf({ kind, line, from, to }: ImportChange): object {
  return {
    kind,
    line,
    segmentId: to.id,
    mappingId: mappingIdOf(to),
    from: from === null ? null : metadataOf(from),
    to: metadataOf(to),
  };
}

function metadataOf({ name, description, status }: Segment): object {
  return { name, description, status };
}
