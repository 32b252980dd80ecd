import { useMemo, useState } from 'preact/hooks';
import { CopyButton } from '../../parts/copy-button.js';
import { csvOf, pastedTable } from '../../parts/csv.js';
import { DownloadButton } from '../../parts/download-button.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { SegmentPlace } from '../../parts/segment-place.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { useExportedRows } from './exported-rows.js';
import { FoundTable, type Row } from './found-table.js';
import { useFindings, type Finding, type Scope, type Unread } from './use-findings.js';

/** More rows are shown on demand. */
const ROWS_AT_ONCE = 200;

const OUTCOMES = ['found', 'ambiguous', 'unknown', 'unchecked', 'failed'] as const;

/** What needs an explanation. */
const HELPED = ['ambiguous', 'unknown', 'unchecked', 'failed'] as const;

interface ResultsProps {
  readonly ids: readonly string[];
  /** How often each ID was pasted. */
  readonly times: ReadonlyMap<string, number>;
  readonly scope: Scope;
}

/** What the IDs stand for, and what to do about those without a name. */
export function Results({ ids, times, scope }: ResultsProps) {
  const { lookUp } = useTexts();
  const format = useFormat();
  const { byId, unread, isLoading, problem, goOn, retryUnread, refresh } = useFindings(ids, scope);
  const isAnywhere = scope.destinationId === null;
  const help = { ...lookUp.help, ...(isAnywhere ? lookUp.anywhere.help : {}) };
  const [shown, setShown] = useState<Finding['outcome'] | null>(null);
  const [rowCount, setRowCount] = useState(ROWS_AT_ONCE);
  const rows = useMemo(
    (): Row[] => ids.map((id) => ({ id, times: times.get(id) ?? 1, finding: byId.get(id) ?? null })),
    [ids, times, byId],
  );
  const exported = useExportedRows(rows);
  const counts = countsOf(rows);
  const done = rows.filter(({ finding }) => finding !== null).length;
  const chosen =
    shown === null || counts[shown] === 0 ? rows : rows.filter(({ finding }) => finding?.outcome === shown);
  if (ids.length === 0) {
    return (
      <Notice kind="calm" title={lookUp.empty.title}>
        <p>{lookUp.empty.text}</p>
      </Notice>
    );
  }
  return (
    <section class="stack" aria-label={lookUp.caption}>
      {problem !== null && <ProblemNotice problem={problem} onRetry={goOn} />}
      <div class="look-up-bar">
        <div class="choices" role="group" aria-label={lookUp.show}>
          <button type="button" class="choice" aria-pressed={chosen === rows} onClick={() => setShown(null)}>
            {lookUp.all}
          </button>
          {OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => (
            <button
              key={outcome}
              type="button"
              class="choice"
              aria-pressed={chosen !== rows && shown === outcome}
              onClick={() => setShown(outcome)}
            >
              <span class={`status status-${outcome}`}>
                {lookUp.outcomes[outcome](counts[outcome], format.number(counts[outcome]))}
              </span>
            </button>
          ))}
        </div>
        <span class="look-up-progress" role="status">
          {isLoading && lookUp.looking(format.number(done), format.number(rows.length))}
        </span>
        <div class="look-up-actions">
          <button type="button" class="button" onClick={refresh} disabled={isLoading}>
            {lookUp.again}
          </button>
          {/* What is not known yet would look as if there were no names. */}
          <CopyButton
            label={lookUp.copy}
            text={() => pastedTable(exported.header, exported.rows())}
            isDisabled={isLoading}
          />
          <DownloadButton
            isDisabled={isLoading}
            fileName={lookUp.fileName}
            content={() => csvOf(exported.header, exported.rows())}
          />
        </div>
      </div>
      {unread.length > 0 && <UnreadNotice unread={unread} onRetry={retryUnread} />}
      <FoundTable rows={chosen.slice(0, rowCount)} isAnywhere={isAnywhere} />
      {chosen.length > rowCount && (
        <button type="button" class="button" onClick={() => setRowCount(rowCount + ROWS_AT_ONCE * 5)}>
          {lookUp.moreRows(format.number(Math.min(chosen.length - rowCount, ROWS_AT_ONCE * 5)))}
        </button>
      )}
      <dl class="look-up-help">
        {HELPED.filter((outcome) => counts[outcome] > 0).map((outcome) => (
          <div key={outcome}>
            <dt class={`status status-${outcome}`}>{help[outcome].title}</dt>
            <dd>{help[outcome].text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function UnreadNotice({
  unread,
  onRetry,
}: {
  readonly unread: readonly Unread[];
  readonly onRetry: () => void;
}) {
  const { lookUp, parts } = useTexts();
  const format = useFormat();
  const first = unread.slice(0, 8);
  return (
    <Notice kind="warn" title={lookUp.unread(unread.length, format.number(unread.length))}>
      <ul class="look-up-unread">
        {first.map(({ id, customer, ...destination }) => (
          <li key={id}>
            <SegmentPlace customer={customer} destination={destination} />
          </li>
        ))}
        {unread.length > first.length && (
          <li>{lookUp.further(format.number(unread.length - first.length))}</li>
        )}
      </ul>
      <p class="notice-actions">
        <button type="button" class="button" onClick={onRetry}>
          {parts.retry}
        </button>
      </p>
    </Notice>
  );
}

function countsOf(rows: readonly Row[]): Record<Finding['outcome'], number> {
  const counts = { found: 0, ambiguous: 0, unknown: 0, unchecked: 0, failed: 0 };
  for (const { finding } of rows) if (finding !== null) counts[finding.outcome] += 1;
  return counts;
}
