import { useClient } from '@urql/preact';
import { useViewer } from '../../app/app-context.js';
import { useStore } from '../../app/store.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { FileField } from './file-field.js';
import type { FileLoad, Lost } from './file-load.js';
import { changedBy, type ImportAnswer } from './import-answer.js';
import { Work } from './work.js';

interface ApplyPanelProps {
  readonly load: FileLoad;
  readonly preview: ImportAnswer;
  readonly maxBytes: number;
}

/** Imports what the preview shows. */
export function ApplyPanel({ load, preview, maxBytes }: ApplyPanelProps) {
  const { load: texts } = useTexts();
  const format = useFormat();
  const client = useClient();
  const { may } = useViewer();
  const { choices, work, problem, isChanged, lost } = useStore(load.state);
  const { rejected, removed } = preview;
  const changes = changedBy(preview);
  const apply = (evenIfChanged = false): void => void load.import(may('read') ? client : null, evenIfChanged);

  if (work?.is === 'import') return <Work load={load} work={work} />;
  if (lost !== null) return <LostNotice load={load} lost={lost} onAgain={() => apply()} />;
  if (isChanged) {
    return (
      <Notice kind="warn" title={texts.changed.title}>
        <p>{texts.changed.text}</p>
        <div class="notice-actions">
          <FileField
            isSmall
            isOver={false}
            title={texts.changed.again}
            onFiles={(files) => {
              const [file] = files ?? [];
              if (file !== undefined) void load.choose(file, maxBytes);
            }}
          />
          <button type="button" class="button" onClick={() => apply(true)}>
            {texts.changed.asSeen}
          </button>
        </div>
      </Notice>
    );
  }
  const isBlocked = rejected > 0 && !choices.skipBad;
  const isNothing = may('read') && changes === 0;
  return (
    <>
      {rejected > 0 && (
        <>
          <p class="muted">{texts.skipBadFirst}</p>
          <label class="load-check">
            <input
              type="checkbox"
              checked={choices.skipBad}
              onChange={({ currentTarget }) => load.setChoices({ skipBad: currentTarget.checked })}
            />
            <span>{texts.skipBad(rejected, format.number(rejected))}</span>
          </label>
        </>
      )}
      {removed > 0 && <p class="load-warn">{texts.removes(removed, format.number(removed))}</p>}
      {problem?.of === 'import' && (
        <ProblemNotice problem={problem.problem} onRetry={() => apply()} isManual />
      )}
      {isNothing && <p class="muted">{texts.nothing.text}</p>}
      <p class="load-apply">
        <button
          type="button"
          class="button button-main"
          disabled={isBlocked || isNothing || work !== null}
          onClick={() => apply()}
        >
          {may('read') ? texts.applyButton(changes, format.number(changes)) : texts.applyFile}
        </button>
        <span class="small muted">{texts.undoable}</span>
      </p>
    </>
  );
}

interface LostNoticeProps {
  readonly load: FileLoad;
  readonly lost: Lost;
  readonly onAgain: () => void;
}

/** Says what is known of an import whose answer was lost. */
function LostNotice({ load, lost, onAgain }: LostNoticeProps) {
  const { load: texts } = useTexts();
  const client = useClient();
  const { may } = useViewer();
  const { title, text } = texts.lost[lost];
  const mayLook = lost !== 'looking' && may('read');
  return (
    <Notice kind="warn" title={title}>
      <p>{text}</p>
      {lost !== 'looking' && (
        <p class="notice-actions">
          {lost !== 'unreachable' && (
            <button type="button" class="button" onClick={onAgain}>
              {texts.lost.again}
            </button>
          )}
          {mayLook && (
            <button type="button" class="button" onClick={() => void load.lookForLost(client)}>
              {texts.lost.look}
            </button>
          )}
        </p>
      )}
    </Notice>
  );
}
