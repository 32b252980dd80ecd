import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../texts/index.js';

interface CopyButtonProps {
  /** Made when it is asked for. */
  readonly text: () => string;
  readonly label?: string;
  readonly isDisabled?: boolean;
}

/** Copies a text to the clipboard, and says so. */
export function CopyButton({ text, label, isDisabled = false }: CopyButtonProps) {
  const { parts } = useTexts();
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 3_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => setOutcome((await copied(text())) ? 'copied' : 'failed');
  return (
    <>
      <button type="button" class="button" disabled={isDisabled} onClick={() => void copy()}>
        {outcome === 'copied' ? parts.copied : (label ?? parts.copy)}
      </button>
      <span class="for-readers" role="status">
        {outcome === 'copied' && parts.copied}
      </span>
      {outcome === 'failed' && (
        <span class="muted" role="alert">
          {parts.copyFailed}
        </span>
      )}
    </>
  );
}

/** Copies a text. Over plain HTTP browsers offer no clipboard, except by a selected field. */
async function copied(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'for-readers';
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without HTTPS
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
