import { addressOfSegment } from '../../app/address.js';
import { Freshness } from '../../parts/freshness.js';
import { Name, isLongName } from '../../parts/name.js';
import { SegmentPlace } from '../../parts/segment-place.js';
import { Table, type Column } from '../../parts/table.js';
import { IdTypeWord, StatusWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { Finding, Match } from './use-findings.js';

/** An ID with what was found out about it. */
export interface Row {
  readonly id: string;
  /** How often it was pasted. */
  readonly times: number;
  /** `null`: nothing yet. */
  readonly finding: Finding | null;
}

/** A row of the table: an ID, or one of the segments that an ambiguous ID may stand for. */
interface Line extends Row {
  readonly match: Match | null;
  /** Number of the row among those of its ID. */
  readonly position: number;
}

interface FoundTableProps {
  readonly rows: readonly Row[];
  /** Whether all destinations were looked into, and not one that was read again for it. */
  readonly isAnywhere: boolean;
}

/** The IDs with their names. */
export function FoundTable({ rows, isAnywhere }: FoundTableProps) {
  const { lookUp } = useTexts();
  const { columns } = lookUp;
  const cells: readonly Column<Line>[] = [
    {
      id: 'id',
      title: columns.id,
      isRowHeader: true,
      class: 'look-up-id',
      cell: (line) => <IdCell line={line} />,
    },
    {
      id: 'name',
      title: columns.name,
      class: 'look-up-name',
      cell: (line) => <NameCell line={line} isAnywhere={isAnywhere} />,
    },
    {
      id: 'status',
      title: columns.status,
      cell: ({ match }) => match !== null && <StatusWord status={match.segment.status} />,
    },
    {
      id: 'idType',
      title: columns.idType,
      class: 'look-up-kind',
      cell: ({ match }) => typeof match?.idType === 'string' && <IdTypeWord idType={match.idType} />,
    },
    {
      id: 'place',
      title: columns.place,
      cell: ({ match }) => match !== null && <SegmentPlace {...match.segment} />,
    },
    {
      id: 'asOf',
      title: columns.asOf,
      cell: ({ match }) =>
        match !== null && (
          <Freshness
            asOf={match.segment.asOf}
            isStale={match.segment.stale}
            isByHand={match.segment.source === 'MANUAL'}
          />
        ),
    },
  ];
  return (
    <Table
      caption={lookUp.caption}
      columns={cells}
      rows={rows.flatMap(linesOf)}
      rowKey={({ id, position }) => `${position} ${id}`}
    />
  );
}

function linesOf(row: Row): Line[] {
  const { outcome, matches = [] } = row.finding ?? {};
  if (outcome === 'ambiguous' && matches.length > 0) {
    return matches.map((match, position) => ({ ...row, match, position }));
  }
  return [{ ...row, match: outcome === 'found' ? (matches[0] ?? null) : null, position: 0 }];
}

function IdCell({ line: { id, times, position } }: { readonly line: Line }) {
  const { lookUp } = useTexts();
  const format = useFormat();
  // The rows of further segments have the same ID, which is shown once.
  if (position > 0)
    return (
      <span class="for-readers">
        <Name text={id} longest={null} />
      </span>
    );
  return (
    <>
      <span class="mono">
        <Name text={id} longest={60} />
      </span>
      {times > 1 && <span class="look-up-times"> {lookUp.times(format.number(times))}</span>}
    </>
  );
}

function NameCell({ line, isAnywhere }: { readonly line: Line; readonly isAnywhere: boolean }) {
  const { lookUp } = useTexts();
  const { finding, match } = line;
  if (finding === null) return <span class="muted">{lookUp.state.waiting}</span>;
  const { outcome, problem } = finding;
  if (match !== null && outcome === 'ambiguous')
    return <Candidate line={line} finding={finding} match={match} />;
  if (match !== null) {
    return (
      <>
        <SegmentName match={match} />
        <AlsoIn finding={finding} />
      </>
    );
  }
  const meaning = { ...lookUp.meaning, ...(isAnywhere ? lookUp.anywhere.meaning : {}) };
  return (
    <span class="look-up-nameless">
      {outcome === 'unknown' || outcome === 'unchecked' ? meaning[outcome] : meaning.failed}
      {typeof problem?.message === 'string' && (
        <>
          {' '}
          <span lang="en">
            <Name text={problem.message} />
          </span>
        </>
      )}
    </span>
  );
}

function Candidate({
  line: { position },
  finding: { matches, segmentCount, matchCount },
  match,
}: {
  readonly line: Line;
  readonly finding: Finding;
  readonly match: Match;
}) {
  const { lookUp } = useTexts();
  const format = useFormat();
  const further = matchCount - matches.length;
  return (
    <>
      {position === 0 && (
        <span class="status status-ambiguous look-up-one-of">
          {lookUp.oneOf(segmentCount, format.number(segmentCount))}
        </span>
      )}
      <span class="look-up-candidate">
        <SegmentName match={match} />
      </span>
      {further > 0 && position === matches.length - 1 && (
        <span class="look-up-candidate muted">{lookUp.further(format.number(further))}</span>
      )}
    </>
  );
}

function SegmentName({ match: { segment } }: { readonly match: Match }) {
  const { parts } = useTexts();
  const address = addressOfSegment(segment);
  const name =
    segment.name === null ? (
      <>
        <Name text={segment.label} /> <span class="muted small">{parts.noName}</span>
      </>
    ) : (
      <Name text={segment.name} />
    );
  // A long name has a button, which cannot be inside of a link.
  return address === null || isLongName(segment.name ?? segment.label) ? name : <a href={address}>{name}</a>;
}

/** The other destinations that get the same segment. */
function AlsoIn({ finding: { matches, matchCount } }: { readonly finding: Finding }) {
  const { lookUp } = useTexts();
  const format = useFormat();
  if (matchCount < 2) return null;
  return (
    <details class="look-up-also">
      <summary>{lookUp.alsoIn(matchCount - 1, format.number(matchCount - 1))}</summary>
      <ul class="look-up-places">
        {matches.slice(1).map(({ segment }) => (
          <li key={segment.id}>
            <SegmentPlace {...segment} />
          </li>
        ))}
        {matchCount > matches.length && (
          <li class="muted">{lookUp.further(format.number(matchCount - matches.length))}</li>
        )}
      </ul>
    </details>
  );
}
