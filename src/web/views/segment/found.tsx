import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useViewer } from '../../app/app-context.js';
import { Freshness } from '../../parts/freshness.js';
import { Name } from '../../parts/name.js';
import { bestIdOf, keyOf, type DestinationPlace, type StatedId } from '../../parts/segment-key.js';
import { View } from '../../parts/view.js';
import { StatusWord } from '../../parts/words.js';
import { useTexts } from '../../texts/index.js';
import { CorrectForm } from './correct-form.js';
import { DatesCard } from './dates-card.js';
import { HistoryCard } from './history-card.js';
import { IdsCard } from './ids-card.js';
import { Purge } from './purge.js';
import type { Done, SegmentData } from './segment-data.js';
import { SourceCard } from './source-card.js';
import { TakeBack } from './take-back.js';

interface FoundProps {
  readonly place: DestinationPlace;
  /** The ID in the address. */
  readonly stated: StatedId;
  readonly segment: SegmentData;
  readonly trail: ComponentChildren;
  /** What was done just now. */
  readonly said: ComponentChildren;
  /** What is wrong; `null`: nothing. */
  readonly trouble: ComponentChildren | null;
  readonly isCorrecting: boolean;
  /** Under which a correction is kept. */
  readonly draftKey: string;
  /** Goes up with each change that is made here. */
  readonly changes: number;
  readonly onCorrecting: (isIt: boolean) => void;
  readonly onDone: (done: Done) => void;
}

/** A segment that is known. */
export function Found(props: FoundProps) {
  const {
    place,
    stated,
    segment,
    trail,
    said,
    trouble,
    isCorrecting,
    draftKey,
    changes,
    onCorrecting,
    onDone,
  } = props;
  const { segment: texts } = useTexts();
  const { may } = useViewer();
  const [asking, setAsking] = useState<'takeBack' | 'purge' | null>(null);
  const { mappingId, name, status, source, listed, asOf, stale } = segment;
  // The mapping ID is never ambiguous.
  const key = keyOf(place, mappingId === null ? stated : { idType: 'MAPPING_ID', id: mappingId });
  const isOnlyByHand = source === 'MANUAL' && listed === null;
  const isTakenBack = isOnlyByHand && status === 'DELETED';
  const isOpen = isCorrecting || asking !== null;
  const correct = useFocusAfter(isOpen);
  const mayChange = may('import') && !isOpen;
  const end = (done: Done): void => {
    setAsking(null);
    onDone(done);
  };
  return (
    <>
      {trail}
      <View
        title={name ?? texts.unnamed}
        heading={name === null ? <span class="muted">{texts.unnamed}</span> : <Name text={name} />}
        intro={
          <span class="segment-state">
            <StatusWord status={status} />
            <Freshness asOf={asOf} isStale={stale} isByHand={source === 'MANUAL'} />
          </span>
        }
        actions={
          mayChange && (
            <>
              <button
                type="button"
                class="button button-main"
                ref={correct}
                onClick={() => onCorrecting(true)}
              >
                {texts.correct.action}
              </button>
              {source === 'MANUAL' && !isTakenBack && (
                <button type="button" class="button" onClick={() => setAsking('takeBack')}>
                  {texts.takeBack.action}
                </button>
              )}
              {isOnlyByHand && (
                <button type="button" class="button button-bad" onClick={() => setAsking('purge')}>
                  {texts.purge.action}
                </button>
              )}
            </>
          )
        }
      >
        {said}
        {trouble !== null && <div class="segment-trouble">{trouble}</div>}
        <div class="segment-columns">
          <div class="segment-column">
            {isCorrecting && (
              <CorrectForm
                segment={segment}
                writeKey={key}
                draftKey={draftKey}
                onSaved={() => end('saved')}
                onCancel={() => onCorrecting(false)}
              />
            )}
            {asking === 'takeBack' && (
              <TakeBack
                writeKey={key}
                isOnlyByHand={isOnlyByHand}
                onDone={() => end('takenBack')}
                onCancel={() => setAsking(null)}
              />
            )}
            {asking === 'purge' && (
              <Purge writeKey={key} onDone={() => end('purged')} onCancel={() => setAsking(null)} />
            )}
            <SourceCard segment={segment} />
            <HistoryCard segmentKey={key} changes={changes} />
          </div>
          <div class="segment-column">
            <IdsCard segment={segment} given={bestIdOf(segment) === null ? stated.id : null} />
            <DatesCard segment={segment} />
          </div>
        </div>
      </View>
    </>
  );
}

/** Gives the focus to the button from which a form was opened, after the form was closed. */
function useFocusAfter(isOpen: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen) button.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return button;
}
