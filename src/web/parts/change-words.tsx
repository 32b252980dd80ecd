import type { ComponentChildren } from 'preact';
import type { ChangePartsFragment, SegmentStatus } from '../generated/operations.js';
import { useTexts } from '../texts/index.js';
import { Ago } from './freshness.js';
import { Marked } from './marked.js';
import { Name } from './name.js';
import { Sentence } from './sentence.js';
import './change-words.css';
import { statedIdOf } from './segment-key.js';
import { StatusWord } from './words.js';

/** A change of a segment, with its metadata after it. */
export type Change = ChangePartsFragment;

interface ChangeWordsProps {
  readonly change: Change;
  /** The change of the same segment before this one; `null` if it is not known. */
  readonly earlier: Change | null;
  /** The segment, as the sentence names it. Left out: the sentence stands in the history of the segment. */
  readonly subject?: (name: ComponentChildren) => ComponentChildren;
}

/** Says what a change did: a sentence, and below it what became of what. */
export function ChangeWords({ change, earlier, subject }: ChangeWordsProps) {
  const { change: texts } = useTexts().parts;
  const sentences = subject === undefined ? texts.own : texts.of;
  const name = <ChangedName change={change} isLinked={subject !== undefined} />;
  const slots = {
    name: subject === undefined ? <strong class="change-name">{name}</strong> : subject(name),
    from: <del class="change-from">{earlier === null ? null : <ChangedName change={earlier} />}</del>,
  };
  return (
    <>
      <p class="change-sentence">
        <Sentence text={sentences[sentenceOf(change, earlier)]} slots={slots} />
      </p>
      <Differences change={change} earlier={earlier} />
    </>
  );
}

/** When a change was made, and by whom. */
export function ChangeOrigin({
  change,
  isTimed = true,
}: {
  readonly change: Change;
  readonly isTimed?: boolean;
}) {
  const { change: texts } = useTexts().parts;
  return (
    <p class="change-origin">
      {isTimed && (
        <>
          <Ago time={change.at} /> ·{' '}
        </>
      )}
      {change.by === null ? (
        texts.byAudienceManager
      ) : (
        <Sentence text={texts.byHandBy} slots={{ by: <Name text={change.by} longest={60} /> }} />
      )}
    </p>
  );
}

interface ChangedNameProps {
  readonly change: Change;
  /** Whether it stands in a link, which leads to all of a name that is cut. */
  readonly isLinked?: boolean;
}

function ChangedName({ change: { name, segmentId }, isLinked = false }: ChangedNameProps) {
  const { change: texts } = useTexts().parts;
  if (name !== null) return isLinked ? <Marked text={name} words={[]} /> : <Name text={name} />;
  return <span class="muted">{texts.unnamed(statedIdOf(segmentId).id)}</span>;
}

type SentenceKind = Exclude<Change['kind'], 'CREATED'> | 'CREATED' | 'ENTERED' | 'RENAMED_ONLY';

function sentenceOf({ kind, by }: Change, earlier: Change | null): SentenceKind {
  if (kind === 'CREATED' && by !== null) return 'ENTERED';
  return kind === 'RENAMED' && earlier === null ? 'RENAMED_ONLY' : kind;
}

/** What became of what, apart from what the sentence says already. */
function Differences({ change, earlier }: { readonly change: Change; readonly earlier: Change | null }) {
  const { change: texts } = useTexts().parts;
  const { kind } = change;
  const isNew = kind === 'CREATED';
  const isNameTold = kind === 'RENAMED' || isNew || earlier === null || earlier.name === change.name;
  const isDescribed = earlier === null ? kind === 'DESCRIBED' : earlier.description !== change.description;
  const isMoved = earlier === null ? kind === 'STATUS_CHANGED' : earlier.status !== change.status;
  const hasStatus = isMoved && kind !== 'REMOVED';
  if (isNew || (isNameTold && !isDescribed && !hasStatus)) return null;
  return (
    <dl class="change-details">
      {!isNameTold && (
        <Difference
          label={texts.nameLabel}
          from={<Text text={earlier.name} />}
          to={<Text text={change.name} />}
        />
      )}
      {isDescribed && (
        <Difference
          label={texts.descriptionLabel}
          from={earlier === null ? null : <Text text={earlier.description} />}
          to={<Text text={change.description} />}
        />
      )}
      {hasStatus && (
        <Difference
          label={texts.statusLabel}
          from={earlier === null ? null : <Status status={earlier.status} />}
          to={<Status status={change.status} />}
        />
      )}
    </dl>
  );
}

interface DifferenceProps {
  readonly label: string;
  readonly from: ComponentChildren;
  readonly to: ComponentChildren;
}

function Difference({ label, from, to }: DifferenceProps) {
  const { change: texts } = useTexts().parts;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {from !== null && (
          <>
            <span class="change-from">{from}</span>
            <span class="change-arrow" aria-hidden="true">
              {' → '}
            </span>
            <span class="for-readers"> {texts.becomes} </span>
          </>
        )}
        {to}
      </dd>
    </div>
  );
}

function Text({ text }: { readonly text: string | null }) {
  const { change: texts } = useTexts().parts;
  return text === null || text === '' ? <span class="muted">{texts.nothing}</span> : <Name text={text} />;
}

function Status({ status }: { readonly status: SegmentStatus }) {
  return <StatusWord status={status} />;
}
