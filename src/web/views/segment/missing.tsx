import { addressOfId, withQuery } from '../../app/address.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { Sentence } from '../../parts/sentence.js';
import { keyOf, type DestinationPlace, type StatedId } from '../../parts/segment-key.js';
import { useTexts } from '../../texts/index.js';
import { CorrectForm } from './correct-form.js';

interface MissingProps {
  readonly place: DestinationPlace;
  readonly stated: StatedId;
  /** Whether the destination was read since, so that there is no such segment. */
  readonly isChecked: boolean;
  /** Whether the person may give the ID a name. */
  readonly mayName: boolean;
  readonly isNaming: boolean;
  /** Under which the name that is typed is kept. */
  readonly draftKey: string;
  readonly onNaming: (isIt: boolean) => void;
  readonly onSaved: () => void;
  readonly onRetry: () => void;
}

/** Says that no segment has the ID, and what can be done. */
export function Missing(props: MissingProps) {
  const { place, stated, isChecked, mayName, isNaming, draftKey, onNaming, onSaved, onRetry } = props;
  const { segment: texts, parts } = useTexts();
  const { idType, id } = stated;
  const shownId = (
    <span class="mono">
      <Name text={id} />
    </span>
  );
  const anyKind = addressOfId(place.customer, place.destination, { idType: 'AUTO', id });
  return (
    <>
      <Notice kind="calm" title={isChecked ? texts.unknown.title : texts.unchecked.title}>
        {isChecked ? (
          <>
            <p>
              <Sentence
                text={idType === 'AUTO' ? texts.unknown.textAny : texts.unknown.text}
                slots={{ id: shownId, kind: parts.idType[idType] }}
              />
            </p>
            <p>{texts.unknown.typed}</p>
          </>
        ) : (
          <p>{texts.unchecked.text}</p>
        )}
        <p class="notice-actions segment-ways">
          {!isChecked && (
            <button type="button" class="button" onClick={onRetry}>
              {parts.retry}
            </button>
          )}
          {mayName && !isNaming && (
            <button type="button" class="button" onClick={() => onNaming(true)}>
              {texts.correct.create}
            </button>
          )}
          {idType !== 'AUTO' && <a href={anyKind}>{texts.unknown.any}</a>}
          <a href={withQuery('/search', { q: id, ...place })}>{texts.unknown.search}</a>
        </p>
      </Notice>
      {isNaming && (
        <div class="segment-naming">
          <CorrectForm
            segment={null}
            writeKey={keyOf(place, stated)}
            draftKey={draftKey}
            onSaved={onSaved}
            onCancel={() => onNaming(false)}
          />
        </div>
      )}
    </>
  );
}
