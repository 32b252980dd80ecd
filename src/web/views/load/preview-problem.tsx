import type { Problem } from '../../app/problem.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useTexts } from '../../texts/index.js';
import type { FileHeader } from './import-answer.js';

interface PreviewProblemProps {
  readonly problem: Problem;
  /** The columns and sheets to choose from, if the file can be read as soon as somebody says what its columns are. */
  readonly unclear: FileHeader | null;
  readonly onRetry: () => void;
}

/** Why there is no preview. */
export function PreviewProblem({ problem, unclear, onRetry }: PreviewProblemProps) {
  const { load, problems } = useTexts();
  if (problem.kind !== 'input') return <ProblemNotice problem={problem} onRetry={onRetry} />;
  if (unclear !== null) {
    const { sheet, sheets } = unclear;
    return (
      <Notice kind="warn" title={load.unclear.title}>
        {sheet !== null && sheets.length > 1 && (
          <p>
            <Name text={load.unclear.sheet(sheet)} longest={null} />
          </p>
        )}
        <p>{load.unclear.text}</p>
        {problem.message !== null && (
          <details class="notice-detail">
            <summary>{problems.details}</summary>
            <span lang="en">
              <Name text={problem.message} longest={600} />
            </span>
          </details>
        )}
      </Notice>
    );
  }
  return (
    <Notice kind="bad" title={load.badFile.title}>
      {problem.message !== null && (
        <p lang="en">
          <Name text={problem.message} longest={600} />
        </p>
      )}
      <p class="notice-detail">{load.badFile.text}</p>
    </Notice>
  );
}
