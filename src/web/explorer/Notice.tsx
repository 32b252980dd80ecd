/** @jsxImportSource react */
import { useState, type SyntheticEvent } from 'react';
import { texts } from './texts.js';
import { wordsOf, type Trouble } from './trouble.js';

interface NoticeProps {
  /** A trouble, or the wish for another key; `null`: there is nothing to say. */
  readonly concern: Trouble | { readonly kind: 'change-key' } | null;
  readonly onKey: (key: string) => void;
  readonly onRetry: () => void;
  readonly onClose: () => void;
}

/** Says above the editors what is wrong and what to do; with a form where a key helps. */
export function Notice({ concern, onKey, onRetry, onClose }: NoticeProps) {
  switch (concern?.kind) {
    case undefined:
      return null;
    case 'key':
      return <KeyForm reason={wordsOf(concern)} isTrouble={concern.wasRejected} onKey={onKey} />;
    case 'change-key':
      return <KeyForm reason={texts.key.change} isTrouble={false} onKey={onKey} onCancel={onClose} />;
    case 'forbidden':
    case 'refused':
      return (
        <div className="explorer-notice" role="alert">
          <p>{wordsOf(concern)}</p>
          <p>{texts.gatewaySays(concern.message)}</p>
        </div>
      );
    case 'busy':
    case 'unreachable':
      return (
        <div className="explorer-notice" role="alert">
          <p>{wordsOf(concern)}</p>
          <button type="button" onClick={onRetry}>
            {texts.tryAgain}
          </button>
        </div>
      );
  }
}

interface KeyFormProps {
  readonly reason: string;
  readonly isTrouble: boolean;
  readonly onKey: (key: string) => void;
  readonly onCancel?: () => void;
}

function KeyForm({ reason, isTrouble, onKey, onCancel }: KeyFormProps) {
  const [key, setKey] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const trimmed = key.trim();
    if (trimmed !== '') onKey(trimmed);
  };
  return (
    <form className="explorer-notice" onSubmit={submit}>
      <p role={isTrouble ? 'alert' : 'status'}>{reason}</p>
      <label>
        {texts.key.label}
        <input
          type="password"
          name="key"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          required
          aria-describedby="explorer-key-note"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <button type="submit">{texts.key.use}</button>
      {onCancel !== undefined && (
        <button type="button" onClick={onCancel}>
          {texts.key.cancel}
        </button>
      )}
      <p id="explorer-key-note">{texts.key.note}</p>
    </form>
  );
}
