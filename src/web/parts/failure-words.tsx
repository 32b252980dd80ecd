import { useTexts } from '../texts/index.js';
import { failureKindOf } from './failure.js';
import { Name } from './name.js';

interface FailureWordsProps {
  /** The error of the last attempt to read a destination. */
  readonly error: { readonly code: string; readonly message: string };
}

/** Says in plain words why a destination could not be read and what helps, and below it what the gateway says itself. */
export function FailureWords({ error: { code, message } }: FailureWordsProps) {
  const { failures, failureDetails } = useTexts().parts;
  const { reason, remedy } = failures[failureKindOf(code, message)];
  return (
    <div class="failure">
      <p class="failure-reason">{reason}</p>
      <p>
        <WithCode text={remedy} />
      </p>
      <details class="failure-details">
        <summary>{failureDetails}</summary>
        <p lang="en">
          <code>{code}</code> <Name text={message} longest={null} />
        </p>
      </details>
    </div>
  );
}

/** A text of the page in which keys of the configuration stand between backquotes. */
function WithCode({ text }: { readonly text: string }) {
  return (
    <>{text.split('`').map((piece, index) => (index % 2 === 0 ? piece : <code key={index}>{piece}</code>))}</>
  );
}
