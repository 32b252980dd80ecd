import { addressOfDestination, withQuery } from '../../app/address.js';
import type { SearchUnreadFragment } from '../../generated/operations.js';
import { failureKindOf } from '../../parts/failure.js';
import { Marked } from '../../parts/marked.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { useFormat, useTexts } from '../../texts/index.js';

/** How many destinations are named. */
const NAMED = 8;

interface UnreadProps {
  readonly destinations: readonly SearchUnreadFragment[];
  readonly onRetry: () => void;
}

/** Names the destinations that a search could not look into, and says why. */
export function Unread({ destinations, onRetry }: UnreadProps) {
  const { search, parts } = useTexts();
  const format = useFormat();
  const count = destinations.length;
  if (count === 0) return null;
  return (
    <Notice kind="warn" title={search.unread.title(count, format.number(count))}>
      <ul class="search-unread">
        {destinations.slice(0, NAMED).map((destination) => (
          <li key={destination.id}>
            <a href={addressOfDestination(destination.customer.id, destination.destinationId)}>
              <Marked text={destination.name ?? destination.destinationId} words={[]} longest={80} />
            </a>{' '}
            <span class="muted">
              <Name text={destination.customer.name} />
            </span>{' '}
            – <Reason destination={destination} />
          </li>
        ))}
      </ul>
      {count > NAMED && (
        <p>
          <a href={withQuery('/destinations', { status: 'failing,never' })}>
            {search.unread.more(count - NAMED, format.number(count - NAMED))}
          </a>
        </p>
      )}
      <p class="notice-actions">
        <button type="button" class="button" onClick={onRetry}>
          {parts.retry}
        </button>
      </p>
    </Notice>
  );
}

function Reason({ destination: { sync } }: { readonly destination: SearchUnreadFragment }) {
  const { search, parts } = useTexts();
  if (sync.lastError === null) return <>{search.unread.notYet}</>;
  return <>{parts.failures[failureKindOf(sync.lastError.code, sync.lastError.message)].reason}</>;
}
