import { useMutation } from '@urql/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useViewer } from '../app/app-context.js';
import { problemOf, type Problem } from '../app/problem.js';
import { ImportUndoDocument } from '../generated/operations.js';
import { Ago } from './freshness.js';
import { Name } from './name.js';
import { Notice } from './notice.js';
import { ProblemNotice } from './problem-notice.js';
import { useTexts } from '../texts/index.js';
import './import-undo.css';
import { UndoResult, type Undone } from './import-undo-result.js';

interface UndoProps {
  readonly importId: string;
  /** When it was taken back before; `null`: it was not. */
  readonly undoneAt: string | null;
  readonly undoneBy: string | null;
}

/** Takes an import back, after asking whether it is meant, and says what came of it. */
export function Undo({ importId, undoneAt, undoneBy }: UndoProps) {
  const { importActs } = useTexts().parts;
  const { may } = useViewer();
  const [{ fetching }, execute] = useMutation(ImportUndoDocument);
  const [undone, setUndone] = useState<Undone | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsking, setAsking] = useState(false);
  const when = undone?.import.undoneAt ?? undoneAt;
  const who = undone?.import.undoneBy ?? undoneBy;
  const { undo } = importActs;

  const takeBack = async (): Promise<void> => {
    if (fetching) return;
    setProblem(null);
    const { data, error } = await execute({ id: importId });
    setAsking(false);
    if (error !== undefined) setProblem(problemOf(error));
    if (data?.undoImport) setUndone(data.undoImport);
  };
  return (
    <section class="card stack import-undo" aria-labelledby="import-undo">
      <h2 id="import-undo">
        {when === null ? (
          undo.title
        ) : (
          <>
            {importActs.undone.title} <Ago time={when} />
            {who !== null && (
              <>
                {' '}
                <Name text={importActs.undone.by(who)} longest={80} />
              </>
            )}
          </>
        )}
      </h2>
      {undone !== null && <UndoResult undone={undone} />}
      {when !== null && <p class="muted">{importActs.undone.text}</p>}
      {when === null && <p class="muted">{undo.text}</p>}
      {when !== null && undone === null && may('import') && <p class="muted">{importActs.undone.partly}</p>}
      {!may('import') && when === null && <p>{undo.notAllowed}</p>}
      {problem !== null && <UndoProblem problem={problem} onRetry={() => void takeBack()} />}
      {may('import') && (undone === null || undone.keptCount > 0) && (
        <Ask
          isAsking={isAsking}
          isWorking={fetching}
          label={when === null ? undo.button : importActs.undone.rest}
          onAsk={setAsking}
          onYes={() => void takeBack()}
        />
      )}
    </section>
  );
}

interface AskProps {
  readonly isAsking: boolean;
  readonly isWorking: boolean;
  readonly label: string;
  readonly onAsk: (isAsking: boolean) => void;
  readonly onYes: () => void;
}

/** A button that asks once more. */
function Ask({ isAsking, isWorking, label, onAsk, onYes }: AskProps) {
  const { undo } = useTexts().parts.importActs;
  const no = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isAsking) no.current?.focus();
    else if (wasAsking.current) first.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  if (!isAsking) {
    return (
      <p>
        <button ref={first} type="button" class="button" onClick={() => onAsk(true)}>
          {label}
        </button>
      </p>
    );
  }
  return (
    <div class="import-ask" role="group" aria-label={undo.sure}>
      <p>{undo.sure}</p>
      <button type="button" class="button button-bad" disabled={isWorking} onClick={onYes}>
        {isWorking ? undo.working : undo.yes}
      </button>
      <button ref={no} type="button" class="button" disabled={isWorking} onClick={() => onAsk(false)}>
        {undo.no}
      </button>
    </div>
  );
}

function UndoProblem({ problem, onRetry }: { readonly problem: Problem; readonly onRetry: () => void }) {
  const { importActs } = useTexts().parts;
  if (problem.kind !== 'input') return <ProblemNotice problem={problem} onRetry={onRetry} isManual />;
  return (
    <Notice kind="bad" title={importActs.undo.impossible}>
      {problem.message !== null && (
        <p lang="en">
          <Name text={problem.message} longest={600} />
        </p>
      )}
    </Notice>
  );
}
