import { useState } from 'preact/hooks';
import { useApp } from '../../app/app-context.js';
import { problemOfResponse, type Problem } from '../../app/problem.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { saveFile } from '../../parts/save-file.js';
import type { DestinationPlace } from '../../parts/segment-key.js';
import { useTexts } from '../../texts/index.js';

type Format = 'csv' | 'ndjson';

/** Saves all segments of the destination as a file. */
export function ExportButtons({ place }: { readonly place: DestinationPlace }) {
  const { destination: texts } = useTexts();
  const { session } = useApp();
  const [busy, setBusy] = useState<Format | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const [problem, setProblem] = useState<{ readonly of: Format; readonly problem: Problem } | null>(null);

  const save = async (format: Format): Promise<void> => {
    setProblem(null);
    setSaved(null);
    setBusy(format);
    const found = await saveExport(session.fetch, place, format);
    setBusy(null);
    if (found === null) setSaved(fileNameOf(place, format));
    else setProblem({ of: format, problem: found });
  };
  const buttonOf = (format: Format, label: string) => (
    <button
      type="button"
      class="button"
      aria-disabled={busy !== null}
      onClick={() => busy === null && void save(format)}
    >
      {busy === format ? texts.exporting : label}
    </button>
  );
  return (
    <>
      {buttonOf('csv', texts.exportCsv)}
      {buttonOf('ndjson', texts.exportNdjson)}
      <span class="for-readers" role="status">
        {saved !== null && texts.exported(saved)}
      </span>
      {problem !== null && (
        <div class="destination-outcome">
          <ProblemNotice problem={problem.problem} onRetry={() => void save(problem.of)} isManual />
        </div>
      )}
    </>
  );
}

function fileNameOf({ customer, destination }: DestinationPlace, format: Format): string {
  return `${customer}-${destination}.${format}`;
}

/** @returns why there is no file; `null` if it was saved */
async function saveExport(
  fetch: typeof globalThis.fetch,
  place: DestinationPlace,
  format: Format,
): Promise<Problem | null> {
  const file = `${encodeURIComponent(place.destination)}.${format}`;
  // Spreadsheets take a CSV file for UTF-8 only if it begins with a byte order mark.
  const query = format === 'csv' ? '?bom=1' : '';
  try {
    const response = await fetch(`/export/${encodeURIComponent(place.customer)}/${file}${query}`);
    if (!response.ok) return problemOfResponse(response, await response.json().catch(() => null));
    saveFile(fileNameOf(place, format), await response.blob());
    return null;
  } catch {
    // Also where an answer ends before its end.
    return problemOfResponse(null, null);
  }
}
