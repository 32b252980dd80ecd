import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../../app/problem.js';
import { SegmentPurgeDocument, type SegmentKey } from '../../generated/operations.js';
import { useTexts } from '../../texts/index.js';
import { Confirm } from './confirm.js';

interface PurgeProps {
  readonly writeKey: SegmentKey;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

/** Removes a segment that is only known by hand, after asking once more. */
export function Purge({ writeKey, onDone, onCancel }: PurgeProps) {
  const { purge: texts } = useTexts().segment;
  const [{ fetching }, execute] = useMutation(SegmentPurgeDocument);
  const [problem, setProblem] = useState<Problem | null>(null);
  const purge = async (): Promise<void> => {
    setProblem(null);
    const { error } = await execute({ key: writeKey });
    if (error === undefined) onDone();
    else setProblem(problemOf(error));
  };
  return (
    <Confirm
      question={texts.sure}
      text={texts.text}
      confirm={texts.confirm}
      busy={texts.busy}
      isBusy={fetching}
      problem={problem}
      onConfirm={() => void purge()}
      onCancel={onCancel}
    />
  );
}
