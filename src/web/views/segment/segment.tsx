import { useEffect, useState } from 'preact/hooks';
import { useViewer } from '../../app/app-context.js';
import { problemOfCode } from '../../app/problem.js';
import { useAnswer } from '../../app/use-answer.js';
import { SegmentViewDocument } from '../../generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { Name } from '../../parts/name.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { keyOf, type DestinationPlace, type StatedId } from '../../parts/segment-key.js';
import { useKnown } from '../../parts/use-known.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import { Ambiguous } from './ambiguous.js';
import { useDrafts } from './drafts.js';
import { Found } from './found.js';
import { Gone } from './gone.js';
import { Missing } from './missing.js';
import type { Done } from './segment-data.js';
import { SegmentTrail } from './segment-trail.js';

interface SegmentProps {
  readonly place: DestinationPlace;
  readonly stated: StatedId;
}

/** The view of one segment. */
export function Segment({ place, stated }: SegmentProps) {
  const { segment: texts, parts } = useTexts();
  const { may } = useViewer();
  const [done, setDone] = useState<Done | null>(null);
  const [changes, setChanges] = useState(0);
  const key = keyOf(place, stated);
  const draftKey = JSON.stringify(key);
  const drafts = useDrafts();
  /** What is being typed: a correction of the segment that is known, or a name for an ID that is not. */
  const [typing, setTyping] = useState<'correction' | 'name' | null>(() => {
    const kept = drafts.get(draftKey);
    return kept === null ? null : kept.segment === null ? 'name' : 'correction';
  });
  const lookup = useAnswer(SegmentViewDocument, { key });
  const result = lookup.data?.lookupSegments?.[0] ?? null;
  const known = useKnown(result?.segment ?? null, 'segment');
  const failure = result?.error ?? null;
  const problem = lookup.problem ?? (failure === null ? null : problemOfCode(failure.code, failure.message));
  const isGone = failure?.code === 'NOT_FOUND';

  const onDone = (what: Done): void => {
    setDone(what);
    setTyping(null);
    setChanges(changes + 1);
    lookup.refresh();
  };
  const onTyping = (what: typeof typing): void => {
    setTyping(what);
    setDone(null);
  };
  useEffect(() => {
    // What had the focus may be gone with the segment, or with the form.
    if (changes > 0 && document.activeElement === document.body) document.getElementById('content')?.focus();
  }, [changes, result?.status]);
  const said = (
    <p class="segment-done" role="status">
      {done !== null && texts.done[done]}
    </p>
  );
  const trouble =
    problem === null ? null : isGone ? (
      <Gone isTyping={typing !== null} onRetry={lookup.refresh} />
    ) : (
      <ProblemNotice problem={problem} onRetry={lookup.refresh} />
    );
  const trail = <SegmentTrail place={place} />;

  // What was read, and what is being typed, stays where it cannot be read again.
  const isCorrecting = typing === 'correction';
  const isShown = result?.status === 'FOUND' || problem !== null || isCorrecting;
  if (known !== null && isShown && done !== 'purged') {
    return (
      <Found
        {...{ place, stated, trail, said, trouble, isCorrecting, draftKey, changes, onDone }}
        segment={known}
        onCorrecting={(isIt) => onTyping(isIt ? 'correction' : null)}
      />
    );
  }
  const missing = result?.status;
  // Also while it cannot be looked up, so that what was typed is seen.
  const isNaming = typing === 'name' && may('import');
  return (
    <>
      {trail}
      <View
        title={stated.id}
        heading={<Name text={stated.id} />}
        intro={stated.idType === 'AUTO' ? undefined : parts.idType[stated.idType]}
      >
        {said}
        {trouble}
        {problem === null && result === null && <Loading text={texts.loading} />}
        {missing === 'AMBIGUOUS' && result !== null && (
          <Ambiguous id={stated.id} candidates={result.candidates} />
        )}
        {(missing === 'UNKNOWN' || missing === 'UNCHECKED' || (isNaming && problem !== null)) && (
          <Missing
            {...{ place, stated, isNaming, draftKey }}
            isChecked={missing === 'UNKNOWN'}
            mayName={may('import')}
            onNaming={(isIt) => onTyping(isIt ? 'name' : null)}
            onSaved={() => onDone('saved')}
            onRetry={lookup.refresh}
          />
        )}
      </View>
    </>
  );
}
