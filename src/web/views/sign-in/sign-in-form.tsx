import { useState } from 'preact/hooks';
import type { TargetedSubmitEvent } from 'preact';
import { useApp } from '../../app/app-context.js';
import type { Problem } from '../../app/problem.js';
import { useStore } from '../../app/store.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useTexts } from '../../texts/index.js';

interface SignInFormProps {
  readonly label: string;
  readonly onDone?: () => void;
}

/** A field for the key, which is tried at once. */
export function SignInForm({ label, onDone }: SignInFormProps) {
  const { signIn } = useTexts();
  const { session } = useApp();
  const { isRefused, problem: atStart } = useStore(session.state);
  const [key, setKey] = useState('');
  const [isChecking, setChecking] = useState(false);
  const [mistake, setMistake] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event?: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event?.preventDefault();
    setProblem(null);
    setMistake(null);
    if (key.trim() === '') {
      setMistake(signIn.empty);
      return;
    }
    setChecking(true);
    const found = await session.signIn(key.trim());
    setChecking(false);
    if (found === null) onDone?.();
    else if (found.kind === 'signedOut') setMistake(signIn.wrong);
    else setProblem(found);
  };
  return (
    <form class="sign-in" onSubmit={(event) => void submit(event)} noValidate>
      {atStart !== null && problem === null && mistake === null && <ProblemNotice problem={atStart} />}
      {isRefused && mistake === null && <p class="field-mistake">{signIn.refused}</p>}
      <label class="field">
        <span class="field-label">{signIn.key}</span>
        <input
          type="password"
          class="input"
          value={key}
          autoComplete="off"
          spellcheck={false}
          aria-invalid={mistake !== null}
          aria-describedby="sign-in-hint sign-in-mistake"
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
      </label>
      <p id="sign-in-mistake" class="field-mistake" role="alert">
        {mistake}
      </p>
      <p id="sign-in-hint" class="field-hint">
        {signIn.hint}
      </p>
      <button type="submit" class="button button-main" disabled={isChecking}>
        {isChecking ? signIn.checking : label}
      </button>
      {problem !== null && <ProblemNotice problem={problem} onRetry={() => void submit()} isManual />}
    </form>
  );
}
