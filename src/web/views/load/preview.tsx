import { Notice } from '../../parts/notice.js';
import { Name } from '../../parts/name.js';
import { DownloadButton } from '../../parts/download-button.js';
import { csvOf } from '../../parts/csv.js';
import { useViewer } from '../../app/app-context.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { Figures } from '../../parts/import-figures.js';
import { ChangeTable } from './change-table.js';
import type { LoadDestination } from './file-load.js';
import { MOST_LISTED, changedBy, type ImportAnswer, type RowNote } from './import-answer.js';
import { LongTable } from './long-table.js';

interface PreviewProps {
  readonly answer: ImportAnswer;
  readonly destination: LoadDestination;
  readonly fileName: string;
  /** Whether it is of earlier choices, and another one is awaited. */
  readonly isEarlier: boolean;
}

/** What would change, and what is wrong with the rows of the file. */
export function Preview({ answer, destination, fileName, isEarlier }: PreviewProps) {
  const { load } = useTexts();
  const { may } = useViewer();
  const { mistakes, warnings, notes, rejected } = answer;
  const isNothing = may('read') && changedBy(answer) === 0 && rejected === 0;
  return (
    <div class="stack load-preview" data-earlier={isEarlier}>
      {may('read') ? <Figures counts={answer} /> : <p class="muted">{load.noChanges}</p>}
      {isNothing && (
        <Notice kind="calm" title={load.nothing.title}>
          <p>{load.nothing.text}</p>
        </Notice>
      )}
      {mistakes.length > 0 && <Mistakes answer={answer} fileName={fileName} />}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      {notes.length > 0 && (
        <section class="stack">
          <h3>{load.notes}</h3>
          <ul class="load-notes">
            {notes.map((note, index) => (
              <li key={index} lang="en">
                <Name text={note} longest={400} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {answer.changes.length > 0 && (
        <ChangeTable answer={answer} destination={destination} fileName={fileName} />
      )}
    </div>
  );
}

function Mistakes({ answer, fileName }: { readonly answer: ImportAnswer; readonly fileName: string }) {
  const { load } = useTexts();
  const format = useFormat();
  const { mistakes, rejected } = answer;
  const isPart = mistakes.length >= MOST_LISTED;
  const first = format.number(mistakes.length);
  const csv = (): string =>
    csvOf(
      [load.line, load.reason],
      mistakes.map(({ line, reason }) => [String(line), reason]),
    );
  return (
    <section class="stack">
      <div class="load-head">
        <h3 class="load-bad">{load.mistakes(rejected, format.number(rejected))}</h3>
        <DownloadButton
          label={isPart ? load.downloadFirstMistakes(first) : load.downloadMistakes}
          fileName={`${fileName} – ${isPart ? load.filesOf.firstMistakes(first) : load.filesOf.mistakes}.csv`}
          content={csv}
        />
      </div>
      <p class="muted">{load.mistakesText}</p>
      <RowNotes
        caption={load.mistakes(rejected, format.number(rejected))}
        title={load.reason}
        rows={mistakes}
        total={Math.max(rejected, mistakes.length)}
      />
    </section>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly RowNote[] }) {
  const { load } = useTexts();
  const format = useFormat();
  const count = format.number(warnings.length);
  // How many there are beyond those that are listed, the gateway does not say.
  const title =
    warnings.length < MOST_LISTED ? load.warnings(warnings.length, count) : load.warningsAtLeast(count);
  return (
    <section class="stack">
      <h3 class="load-warn">{title}</h3>
      <p class="muted">{load.warningsText}</p>
      <RowNotes caption={title} title={load.warning} rows={warnings} total={warnings.length} />
    </section>
  );
}

interface RowNotesProps {
  readonly caption: string;
  readonly title: string;
  readonly rows: readonly RowNote[];
  readonly total: number;
}

function RowNotes({ caption, title, rows, total }: RowNotesProps) {
  const { load } = useTexts();
  const format = useFormat();
  return (
    <LongTable
      caption={caption}
      rows={rows}
      total={total}
      rowKey={({ line }, index) => `${line}.${index}`}
      columns={[
        {
          id: 'line',
          title: load.line,
          isNumber: true,
          isRowHeader: true,
          class: 'load-line',
          cell: ({ line }) => format.number(line),
        },
        {
          id: 'reason',
          title,
          cell: ({ reason }) => (
            <span lang="en">
              <Name text={reason} longest={400} />
            </span>
          ),
        },
      ]}
    />
  );
}
