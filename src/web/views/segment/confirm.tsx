import { useEffect, useId, useRef } from 'preact/hooks';
import type { Problem } from '../../app/problem.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useTexts } from '../../texts/index.js';

interface ConfirmProps {
  readonly question: string;
  readonly text: string;
  readonly confirm: string;
  /** What the button says meanwhile. */
  readonly busy: string;
  readonly isBusy: boolean;
  readonly problem: Problem | null;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** Asks once more, and says what follows. */
export function Confirm(props: ConfirmProps) {
  const { question, text, confirm, busy, isBusy, problem, onConfirm, onCancel } = props;
  const { parts } = useTexts();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <div class="segment-box" role="group" aria-labelledby={id} tabIndex={-1} ref={box}>
      <h2 id={id}>{question}</h2>
      <p>{text}</p>
      {problem !== null && <ProblemNotice problem={problem} />}
      <p class="segment-buttons">
        <button
          type="button"
          class="button button-bad"
          aria-disabled={isBusy}
          onClick={() => isBusy || onConfirm()}
        >
          {isBusy ? busy : confirm}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {parts.cancel}
        </button>
      </p>
    </div>
  );
}
