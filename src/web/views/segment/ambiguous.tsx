import { addressOfSegment } from '../../app/address.js';
import type { SegmentCandidateFragment } from '../../generated/operations.js';
import { Marked } from '../../parts/marked.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { Sentence } from '../../parts/sentence.js';
import { Table, type Column } from '../../parts/table.js';
import { StatusWord } from '../../parts/words.js';
import { useTexts } from '../../texts/index.js';

interface AmbiguousProps {
  readonly id: string;
  readonly candidates: readonly SegmentCandidateFragment[];
}

type Id = 'sid' | 'mappingId' | 'alias' | 'value';

/** Says that an ID stands for several segments, and leads to each of them. */
export function Ambiguous({ id, candidates }: AmbiguousProps) {
  const { ambiguous: texts } = useTexts().segment;
  const { parts } = useTexts();
  const idColumn = (of: Id): Column<SegmentCandidateFragment>[] =>
    candidates.some((each) => each[of] !== null)
      ? [
          {
            id: of,
            title: texts.columns[of],
            class: 'segment-id',
            cell: (each) => <CandidateId text={each[of]} isAsked={each[of] === id} />,
          },
        ]
      : [];
  const columns: readonly Column<SegmentCandidateFragment>[] = [
    {
      id: 'name',
      title: texts.columns.name,
      isRowHeader: true,
      cell: (each) => {
        const address = addressOfSegment(each);
        const name = each.name === null ? parts.noName : <Marked text={each.name} words={[]} />;
        return address === null ? name : <a href={address}>{name}</a>;
      },
    },
    ...idColumn('sid'),
    ...idColumn('mappingId'),
    ...idColumn('alias'),
    ...idColumn('value'),
    { id: 'status', title: texts.columns.status, cell: ({ status }) => <StatusWord status={status} /> },
  ];
  return (
    <div class="stack">
      <Notice kind="warn" title={texts.title}>
        <p>
          <Sentence
            text={texts.text}
            slots={{
              id: (
                <span class="mono">
                  <Name text={id} />
                </span>
              ),
            }}
          />
        </p>
      </Notice>
      <Table
        caption={texts.caption}
        columns={columns}
        rows={candidates}
        rowKey={(each) => each.id}
        isStacked
      />
    </div>
  );
}

function CandidateId({ text, isAsked }: { readonly text: string | null; readonly isAsked: boolean }) {
  if (text === null) return <span class="muted">–</span>;
  const shown = <Marked text={text} words={[]} longest={40} />;
  return isAsked ? <mark>{shown}</mark> : shown;
}
