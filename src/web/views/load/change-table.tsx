import { addressOfId } from '../../app/address.js';
import { csvOf } from '../../parts/csv.js';
import { DownloadButton } from '../../parts/download-button.js';
import { Name } from '../../parts/name.js';
import { StatusWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { LoadDestination } from './file-load.js';
import { changedBy, type ChangedMetadata, type ImportAnswer, type ImportChange } from './import-answer.js';
import { LongTable } from './long-table.js';

interface ChangeTableProps {
  readonly answer: ImportAnswer;
  readonly destination: LoadDestination;
  readonly fileName: string;
}

/** What changes of each segment, from what to what. */
export function ChangeTable({ answer, destination, fileName }: ChangeTableProps) {
  const { load } = useTexts();
  const format = useFormat();
  const { changes } = answer;
  const total = changedBy(answer);
  const title = load.changes(total, format.number(total));
  const isPart = changes.length < total;
  const first = format.number(changes.length);
  const csv = (): string =>
    csvOf(
      [load.line, load.segment, load.change, load.before, load.after],
      changes.map(({ line, segmentId, kind, from, to }) => [
        line === null ? null : String(line),
        segmentId,
        load.kind[kind],
        from?.name ?? null,
        to.name,
      ]),
    );
  return (
    <section class="stack">
      <div class="load-head">
        <h3>{title}</h3>
        <DownloadButton
          label={isPart ? load.downloadFirstChanges(first) : load.downloadChanges}
          fileName={`${fileName} – ${isPart ? load.filesOf.firstChanges(first) : load.filesOf.changes}.csv`}
          content={csv}
        />
      </div>
      <LongTable
        caption={title}
        rows={changes}
        total={total}
        rowKey={({ segmentId }, index) => `${segmentId}.${index}`}
        columns={[
          {
            id: 'segment',
            title: load.segment,
            isRowHeader: true,
            class: 'load-segment',
            cell: (change) => <SegmentLink change={change} destination={destination} />,
          },
          {
            id: 'kind',
            title: load.change,
            cell: ({ kind }) => (
              <span class={`load-kind load-kind-${kind.toLowerCase()}`}>{load.kind[kind]}</span>
            ),
          },
          { id: 'before', title: load.before, cell: ({ from, to }) => <Metadata of={from} beside={to} /> },
          {
            id: 'after',
            title: load.after,
            cell: ({ from, to }) => <Metadata of={to} beside={from} isNew />,
          },
          {
            id: 'line',
            title: load.line,
            isNumber: true,
            cell: ({ line }) => (line === null ? '' : format.number(line)),
          },
        ]}
      />
    </section>
  );
}

interface SegmentLinkProps {
  readonly change: ImportChange;
  readonly destination: LoadDestination;
}

/** Leads to the segment, if there is one already. */
function SegmentLink({
  change: { segmentId, mappingId, from },
  destination: { customerId, destinationId },
}: SegmentLinkProps) {
  const name = (
    <span class="mono">
      <Name text={segmentId} longest={60} />
    </span>
  );
  if (mappingId === null || from === null) return name;
  return <a href={addressOfId(customerId, destinationId, { idType: 'MAPPING_ID', id: mappingId })}>{name}</a>;
}

interface MetadataProps {
  readonly of: ChangedMetadata | null;
  /** The other side: of description and status, only what is different is shown. */
  readonly beside: ChangedMetadata | null;
  readonly isNew?: boolean;
}

function Metadata({ of, beside, isNew = false }: MetadataProps) {
  const { load } = useTexts();
  if (of === null) return <span class="muted">–</span>;
  const hasOtherName = of.name !== beside?.name;
  const hasOtherDescription = of.description !== (beside?.description ?? null);
  const hasOtherStatus = beside !== null && of.status !== beside.status;
  const isSame = isNew && !hasOtherName && !hasOtherDescription && !hasOtherStatus;
  return (
    <span class="load-side" data-new={isNew && hasOtherName}>
      {of.name === null ? <span class="muted">{load.noName}</span> : <Name text={of.name} />}
      {hasOtherDescription && (
        <span class="load-side-more">
          {load.descriptionIs} {of.description === null ? '–' : <Name text={of.description} />}
        </span>
      )}
      {hasOtherStatus && (
        <span class="load-side-more">
          {load.statusIs} <StatusWord status={of.status} />
        </span>
      )}
      {isSame && <span class="load-side-more">{load.byHand}</span>}
    </span>
  );
}
