import { addressOfSegment } from '../app/address.js';
import type { ImportUndoMutation } from '../generated/operations.js';
import { Name } from './name.js';
import { Table } from './table.js';
import { useFormat, useTexts } from '../texts/index.js';

/** What taking an import back has done. */
export type Undone = NonNullable<ImportUndoMutation['undoImport']>;

/** How many segments are as they were, and which stay for what reason. */
export function UndoResult({ undone: { restored, keptCount, kept } }: { readonly undone: Undone }) {
  const { undone: texts } = useTexts().parts.importActs;
  const format = useFormat();
  return (
    <div class="stack" role="status">
      <p>{texts.restored(restored, format.number(restored))}</p>
      {keptCount > 0 && <p>{texts.kept(keptCount, format.number(keptCount))}</p>}
      {kept.length > 0 && (
        <>
          <Table
            caption={texts.keptTable}
            rows={kept}
            rowKey={({ segmentId }) => segmentId}
            columns={[
              {
                id: 'segment',
                title: texts.segment,
                isRowHeader: true,
                cell: ({ segmentId, segment }) => {
                  const address = segment === null ? null : addressOfSegment(segment);
                  const name = (
                    <span class="mono">
                      <Name text={segmentId} longest={60} />
                    </span>
                  );
                  return address === null ? name : <a href={address}>{name}</a>;
                },
              },
              {
                id: 'name',
                title: texts.name,
                cell: ({ segment }) =>
                  segment === null ? (
                    <span class="muted">{texts.removed}</span>
                  ) : (
                    <Name text={segment.label} />
                  ),
              },
              {
                id: 'reason',
                title: texts.reason,
                cell: ({ reason }) => (
                  <span lang="en">
                    <Name text={reason} longest={300} />
                  </span>
                ),
              },
            ]}
          />
          {kept.length < keptCount && (
            <p class="small muted">{texts.firstOf(format.number(kept.length), format.number(keptCount))}</p>
          )}
        </>
      )}
    </div>
  );
}
