import type { DestinationSyncFragment } from '../../generated/operations.js';
import { FailureWords } from '../../parts/failure-words.js';
import { Ago } from '../../parts/freshness.js';
import { Notice } from '../../parts/notice.js';
import { Sentence } from '../../parts/sentence.js';
import { useNow } from '../../parts/use-now.js';
import { useFormat, useTexts } from '../../texts/index.js';

/** Says why the destination is not current, and what to do. Nothing while all is well. */
export function SyncNotice({ sync }: { readonly sync: DestinationSyncFragment }) {
  const { destination: texts } = useTexts();
  const format = useFormat();
  const now = useNow();
  const { status, lastError, lastSuccessAt, nextAttemptAt } = sync;
  if (status === 'NEVER') {
    return (
      <div class="destination-notice">
        <Notice kind="calm" title={texts.never.title}>
          <p>{texts.never.text}</p>
        </Notice>
      </div>
    );
  }
  if (status !== 'FAILING' || lastError === null) return null;
  return (
    <div class="destination-notice">
      <Notice kind="warn" title={texts.failing.title}>
        <FailureWords error={lastError} />
        <p>
          {lastSuccessAt === null
            ? texts.failing.none
            : texts.failing.kept(format.fromNow(lastSuccessAt, now))}{' '}
          <Sentence text={texts.failing.since} slots={{ when: <Ago time={lastError.at} /> }} />{' '}
          {nextAttemptAt !== null && (
            <Sentence text={texts.failing.next} slots={{ when: <Ago time={nextAttemptAt} /> }} />
          )}
        </p>
      </Notice>
    </div>
  );
}
