import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../../app/problem.js';
import { SegmentUnsetDocument, type SegmentKey } from '../../generated/operations.js';
import { useTexts } from '../../texts/index.js';
import { Confirm } from './confirm.js';

interface TakeBackProps {
  readonly writeKey: SegmentKey;
  readonly isOnlyByHand: boolean;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

/** Takes back what was given by hand, after asking once more. */
export function TakeBack({ writeKey, isOnlyByHand, onDone, onCancel }: TakeBackProps) {
  const { takeBack: texts } = useTexts().segment;
  const [{ fetching }, execute] = useMutation(SegmentUnsetDocument);
  const [problem, setProblem] = useState<Problem | null>(null);
  const takeBack = async (): Promise<void> => {
    setProblem(null);
    const { error } = await execute({ key: writeKey });
    if (error === undefined) onDone();
    else setProblem(problemOf(error));
  };
  return (
    <Confirm
      question={texts.sure}
      text={isOnlyByHand ? texts.textOnly : texts.text}
      confirm={texts.confirm}
      busy={texts.busy}
      isBusy={fetching}
      problem={problem}
      onConfirm={() => void takeBack()}
      onCancel={onCancel}
    />
  );
}
