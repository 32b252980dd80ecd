import type { DestinationDetails } from '../audience-manager/index.js';
import type { DestinationConfig } from '../config/index.js';
import {
  IdEvidenceCounter,
  kindsFor,
  type IdCount,
  type IdEvidence,
  type Snapshot,
} from '../directory/index.js';
import { FileError, quoteForMessage, readIds, type FileContent } from '../import-export/index.js';
import type { IdentifierType, SegmentIdType } from '../segments/index.js';
import { CommandError } from './command-error.js';
import { nameOfFile, readCustomerFile } from './read-file.js';

/** What the IDs in somebody's data are. */
export interface IdCheck extends IdEvidence {
  /** Number of different IDs. */
  readonly ids: number;
  /** How many of them are identifiers of each kind, most frequent kind first; an ID may be of several kinds. */
  readonly matches: readonly IdCount[];
  /** The first IDs of which no segment is known. */
  readonly unknownExamples: readonly string[];
  /** The first IDs that stand for several segments. */
  readonly ambiguousExamples: readonly string[];
}

/** Maximum number of IDs that a report shows as examples. */
const MAX_EXAMPLES = 5;

/** Reads a file of IDs. @param file `-`: standard input. @throws {CommandError} */
export async function readIdFile(file: string): Promise<string[]> {
  const name = nameOfFile(file);
  const content = await readCustomerFile(file);
  try {
    const ids = readIds(textOf(content));
    if (ids.length > 0) return ids;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CommandError(`${name}: ${error.message}`);
  }
  throw new CommandError(
    `${name} holds no IDs: write one on each line, or separate them by commas or spaces.`,
  );
}

/** A workbook as a list of IDs: each cell is one. */
function textOf(content: FileContent): string {
  if (content.kind === 'text') return content.text;
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  return content.rows.map(({ cells }) => cells.map(quoted).join(',')).join('\n');
}

/**
 * Looks IDs up as every kind. What the destination's type can send comes first, so that the result is what the gateway
 * would say under AUTO; an ID that is none of this may still be of another kind.
 */
export function checkIds(
  ids: readonly string[],
  snapshot: Snapshot,
  { type }: DestinationConfig,
  details: DestinationDetails | null,
): IdCheck {
  const auto = kindsFor({ type, segmentIdType: 'AUTO' }, details);
  const every = kindsFor({ type: 'UNKNOWN', segmentIdType: 'AUTO' }, details);
  const counter = new IdEvidenceCounter();
  const matches = new Map<SegmentIdType, number>();
  const unknownExamples: string[] = [];
  const ambiguousExamples: string[] = [];
  for (const id of ids) {
    const types = new Set(snapshot.matchesOf(id, every).map(({ idType }) => idType));
    for (const idType of types) matches.set(idType, (matches.get(idType) ?? 0) + 1);
    const sent = snapshot.identify(id, auto);
    const [found, ...others] = sent.length > 0 ? sent : snapshot.identify(id, every);
    if (found === undefined) {
      counter.addUnknown();
      if (unknownExamples.length < MAX_EXAMPLES) unknownExamples.push(id);
    } else if (others.length > 0) {
      counter.addAmbiguous();
      if (ambiguousExamples.length < MAX_EXAMPLES) ambiguousExamples.push(id);
    } else {
      counter.addFound(found.idType);
    }
  }
  return {
    ids: ids.length,
    matches: every.types
      .map((idType) => ({ idType, count: matches.get(idType) ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count),
    ...counter.evidence,
    unknownExamples,
    ambiguousExamples,
  };
}

const PLURALS: Readonly<Record<IdentifierType, string>> = {
  SID: 'sids',
  MAPPING_ID: 'mapping IDs',
  ALIAS: 'aliases',
  VALUE: 'values',
  KEY_VALUE: 'keys with values',
  URL: 'URLs',
};

/** What to tell about IDs, in lines. @param configured the kind in the destination's settings */
export function describeIdCheck(check: IdCheck, configured: SegmentIdType): string[] {
  const { ids, matches, ambiguous, unknown } = check;
  const each = matches.map(({ idType, count }) => `${idType} ${count}`).join(', ');
  const lines = [headlineOf(check, configured)];
  if (matches.length > 1) lines.push(`As each kind: ${each}. An ID can be of several.`);
  if (ambiguous > 0) {
    const examples = listOf(check.ambiguousExamples, ambiguous);
    lines.push(`${ambiguous} of ${ids} are ambiguous, so that AUTO gives no name for them: ${examples}.`);
  }
  if (unknown > 0) {
    const examples = listOf(check.unknownExamples, unknown);
    lines.push(`${unknown} of ${ids} are unknown: ${examples}. Is it the right destination?`);
  }
  return lines;
}

function headlineOf({ ids, matches, suggestion }: IdCheck, configured: SegmentIdType): string {
  const [first] = matches;
  if (first === undefined) return `None of ${ids} IDs is known.`;
  const { idType, count } = matches.find((each) => each.idType === suggestion) ?? first;
  const found = `${count} of ${ids} IDs are ${PLURALS[idType]}`;
  if (suggestion === null) {
    return `${found}; that is no clear evidence. Check more IDs, or ask the customer what they are.`;
  }
  if (suggestion === configured) return `${found}, as segmentIdType says.`;
  const instead = configured === 'AUTO' ? '' : ` instead of ${configured}`;
  return `${found}; write \`segmentIdType: ${suggestion}\`${instead}.`;
}

function listOf(examples: readonly string[], count: number): string {
  const shown = examples.map((id) => quoteForMessage(id)).join(', ');
  return count > examples.length ? `${shown}, …` : shown;
}
