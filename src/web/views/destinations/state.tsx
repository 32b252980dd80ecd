import type { DestinationsItemFragment } from '../../generated/operations.js';
import { FailureWords } from '../../parts/failure-words.js';
import { Ago } from '../../parts/freshness.js';
import { useNow } from '../../parts/use-now.js';
import { SyncWord } from '../../parts/words.js';
import { useTexts } from '../../texts/index.js';

interface StateProps {
  readonly sync: DestinationsItemFragment['sync'];
}

/** How current a destination is: in a word, and where it is not fresh, why and what helps. */
export function State({ sync: { status, lastError } }: StateProps) {
  const { destinations } = useTexts();
  return (
    <>
      <SyncWord status={status} />
      {status === 'FAILING' && lastError !== null ? (
        <FailureWords error={lastError} />
      ) : (
        status !== 'FRESH' && <p class="board-hint">{destinations.states[status]}</p>
      )}
    </>
  );
}

/** When a destination was read last, and when it is read next. */
export function Times({ sync: { status, lastSuccessAt, lastAttemptAt, nextAttemptAt } }: StateProps) {
  const { destinations } = useTexts();
  const now = useNow();
  const isDue = nextAttemptAt !== null && new Date(nextAttemptAt).getTime() <= now;
  if (status === 'MANUAL') return <span class="muted">{destinations.never}</span>;
  return (
    <dl class="board-times">
      <div>
        <dt>{destinations.last}</dt>
        <dd>{lastSuccessAt === null ? destinations.notYet : <Ago time={lastSuccessAt} />}</dd>
      </div>
      {status === 'FAILING' && lastAttemptAt !== null && (
        <div>
          <dt>{destinations.tried}</dt>
          <dd>
            <Ago time={lastAttemptAt} />
          </dd>
        </div>
      )}
      <div>
        <dt>{destinations.next}</dt>
        <dd>
          {nextAttemptAt === null ? (
            destinations.unscheduled
          ) : isDue ? (
            destinations.due
          ) : (
            <Ago time={nextAttemptAt} />
          )}
        </dd>
      </div>
    </dl>
  );
}
