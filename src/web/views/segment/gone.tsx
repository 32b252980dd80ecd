import { Notice } from '../../parts/notice.js';
import { useTexts } from '../../texts/index.js';

interface GoneProps {
  /** Whether there is something typed, which is kept. */
  readonly isTyping: boolean;
  readonly onRetry: () => void;
}

/** Says that the destination is not there. */
export function Gone({ isTyping, onRetry }: GoneProps) {
  const { segment: texts, parts } = useTexts();
  return (
    <Notice kind="bad" title={texts.gone.title}>
      <p>{isTyping ? texts.gone.text : texts.gone.textOnly}</p>
      <p class="notice-actions">
        <button type="button" class="button" onClick={onRetry}>
          {parts.retry}
        </button>
        <a href="/destinations">{texts.gone.action}</a>
      </p>
    </Notice>
  );
}
