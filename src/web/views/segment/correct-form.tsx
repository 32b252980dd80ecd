import { useMutation } from '@urql/preact';
import type { TargetedSubmitEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { problemOf, type Problem } from '../../app/problem.js';
import { SegmentSetDocument, type SegmentKey } from '../../generated/operations.js';
import { SEGMENT_STATUSES } from '../../parts/choices.js';
import { Name } from '../../parts/name.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { Sentence } from '../../parts/sentence.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { LONGEST, correctionOf, draftOf, mistakeIn, type Draft } from './correction.js';
import { useDrafts } from './drafts.js';
import { FormField } from './form-field.js';
import type { SegmentData } from './segment-data.js';

interface CorrectFormProps {
  /** `null`: the ID is not known yet, and gets a name. */
  readonly segment: SegmentData | null;
  readonly writeKey: SegmentKey;
  /** Under which what is typed is kept, also while other views are looked at. */
  readonly draftKey: string;
  readonly onSaved: () => void;
  readonly onCancel: () => void;
}

/** Name, description and status to be given by hand. What is typed stays until it is saved or given up. */
export function CorrectForm({ segment, writeKey, draftKey, onSaved, onCancel }: CorrectFormProps) {
  const {
    segment: { correct: texts, source },
    parts,
  } = useTexts();
  const format = useFormat();
  const drafts = useDrafts();
  const [kept] = useState(() => drafts.get(draftKey));
  const [begun] = useState(kept === null ? segment : kept.segment);
  const [before] = useState(() => draftOf(begun));
  const [draft, setDraft] = useState(kept?.draft ?? before);
  const [mistakes, setMistakes] = useState<Mistakes>(NO_MISTAKES);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, execute] = useMutation(SegmentSetDocument);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Not where the form was open already when the view was left.
    if (kept === null) form.current?.querySelector('input')?.focus();
  }, []);
  const correction = correctionOf(draft, before);

  const change = (part: Partial<Draft>): void => {
    const changed = { ...draft, ...part };
    setDraft(changed);
    setMistakes(NO_MISTAKES);
    if (Object.keys(correctionOf(changed, before)).length === 0) drafts.forget(draftKey);
    else drafts.keep(draftKey, { segment: begun, draft: changed });
  };
  const end = (then: () => void): void => {
    drafts.forget(draftKey);
    then();
  };
  const save = async (): Promise<void> => {
    setProblem(null);
    const found = mistakesIn(draft, segment === null);
    const isUnchanged = segment !== null && Object.keys(correction).length === 0;
    setMistakes({ ...found, isUnchanged });
    if (isUnchanged || found.name !== null || found.description !== null) return;
    // A new entry says all that the form shows.
    const values =
      segment === null ? { ...correction, status: draft.status === '' ? null : draft.status } : correction;
    const { error } = await execute({ key: writeKey, ...values });
    if (error === undefined) end(onSaved);
    else setProblem(problemOf(error));
  };
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!fetching) void save();
  };
  const said = (mistake: FieldMistake | null, most: number): string | null => {
    if (mistake === null) return null;
    return mistake === 'tooLong'
      ? texts.tooLong(format.number(most))
      : mistake === 'missing'
        ? texts.nameMissing
        : texts.control;
  };
  const listed = segment?.listed ?? null;
  const hintOf = (text: string | null) =>
    segment === null ? null : listed === null ? (
      texts.emptiedOnly
    ) : (
      <Sentence
        text={texts.emptied}
        slots={{ listed: text === null ? source.nothing : <Name text={text} longest={80} /> }}
      />
    );
  return (
    <form class="segment-box" ref={form} onSubmit={submit} noValidate aria-labelledby="segment-correct">
      <h2 id="segment-correct">{segment === null ? texts.createTitle : texts.title}</h2>
      <p class="muted">{segment === null ? texts.createIntro : texts.intro}</p>
      {begun !== null && segment !== null && isChanged(begun, segment) && (
        <p class="segment-otherwise" role="status">
          {texts.otherwise}
        </p>
      )}
      <FormField
        id="segment-name"
        label={texts.name}
        hint={hintOf(listed?.name ?? null)}
        mistake={said(mistakes.name, LONGEST.name)}
      >
        {(field) => (
          <input
            {...field}
            type="text"
            class="input"
            dir="auto"
            autoComplete="off"
            value={draft.name}
            onInput={({ currentTarget }) => change({ name: currentTarget.value })}
          />
        )}
      </FormField>
      <FormField
        id="segment-description"
        label={texts.description}
        hint={hintOf(listed?.description ?? null)}
        mistake={said(mistakes.description, LONGEST.description)}
      >
        {(field) => (
          <textarea
            {...field}
            class="textarea segment-text"
            dir="auto"
            rows={3}
            value={draft.description}
            onInput={({ currentTarget }) => change({ description: currentTarget.value })}
          />
        )}
      </FormField>
      <FormField id="segment-status" label={texts.status} hint={null} mistake={null}>
        {(field) => (
          <select
            {...field}
            class="select segment-status"
            value={draft.status}
            onChange={({ currentTarget }) => change({ status: currentTarget.value as Draft['status'] })}
          >
            {listed !== null && (
              <option value="">
                {texts.asListed} ({parts.status[listed.status]})
              </option>
            )}
            {SEGMENT_STATUSES.filter((each) => each !== 'UNKNOWN' || draft.status === each).map((each) => (
              <option key={each} value={each}>
                {parts.status[each]}
              </option>
            ))}
          </select>
        )}
      </FormField>
      <p class="field-mistake" role="alert">
        {mistakes.isUnchanged && texts.nothing}
      </p>
      {problem !== null && <ProblemNotice problem={problem} onRetry={() => void save()} isManual />}
      <p class="segment-buttons">
        <button type="submit" class="button button-main" aria-disabled={fetching}>
          {fetching ? texts.saving : texts.save}
        </button>
        <button type="button" class="button" onClick={() => end(onCancel)}>
          {parts.cancel}
        </button>
      </p>
    </form>
  );
}

type FieldMistake = 'control' | 'tooLong' | 'missing';

interface Mistakes {
  readonly name: FieldMistake | null;
  readonly description: FieldMistake | null;
  readonly isUnchanged: boolean;
}

const NO_MISTAKES: Mistakes = { name: null, description: null, isUnchanged: false };

function mistakesIn(draft: Draft, isNew: boolean): Omit<Mistakes, 'isUnchanged'> {
  const isMissing = isNew && draft.name.trim() === '';
  return {
    name: isMissing ? 'missing' : mistakeIn(draft.name, LONGEST.name),
    description: mistakeIn(draft.description, LONGEST.description),
  };
}

/** Whether somebody else has changed the segment. */
function isChanged(begun: SegmentData, now: SegmentData): boolean {
  return begun.name !== now.name || begun.description !== now.description || begun.status !== now.status;
}
