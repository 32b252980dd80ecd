import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../../app/store.js';
import { Ago } from '../../parts/freshness.js';
import { Loading } from '../../parts/loading.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { FileLoad } from './file-load.js';
import { FileField } from './file-field.js';
import { fileSize } from './file-size.js';

interface FileStepProps {
  readonly load: FileLoad;
  /** The size of the largest file that the gateway takes. */
  readonly maxBytes: number;
}

/** Chooses the file: by dropping it anywhere on the page, or with the browser's own dialog. */
export function FileStep({ load, maxBytes }: FileStepProps) {
  const { load: texts } = useTexts();
  const format = useFormat();
  const { file, isReading, mistake } = useStore(load.state);
  const [hasSeveral, setSeveral] = useState(false);
  const take = (files: FileList | null): void => {
    const [first] = files ?? [];
    if (first === undefined) return;
    setSeveral((files?.length ?? 0) > 1);
    void load.choose(first, maxBytes);
  };
  const isOver = useDrop(take);
  const most = fileSize(maxBytes, format, texts);
  return (
    <>
      <div class={file === null ? undefined : 'load-file-line'}>
        {file !== null && (
          <div class="load-file">
            <FileIcon />
            <div class="load-file-text">
              <span class="load-file-name">
                <Name text={file.file.name} longest={100} />
              </span>
              <span class="small muted">
                {fileSize(file.bytes.byteLength, format, texts)} ·{' '}
                <Ago time={new Date(file.file.lastModified).toISOString()} text={texts.changedAt} />
              </span>
            </div>
          </div>
        )}
        <FileField
          isSmall={file !== null}
          isOver={isOver}
          title={isOver ? texts.dropNow : file === null ? texts.drop : texts.dropAnother}
          hint={texts.kinds(most)}
          onFiles={take}
        />
      </div>
      {isReading && <Loading text={texts.reading} />}
      {hasSeveral && <p class="small muted">{texts.several}</p>}
      {mistake !== null && (
        <Notice kind="bad" title={texts.mistake[mistake.why].title}>
          <p>
            <Name text={mistake.name} longest={100} />
          </p>
          <p>
            {mistake.why === 'tooLarge'
              ? texts.mistake.tooLarge.text(fileSize(mistake.size, format, texts), most)
              : texts.mistake[mistake.why].text}
          </p>
        </Notice>
      )}
    </>
  );
}

/** Takes files that are dropped anywhere on the page; otherwise the browser would leave the page and show them. */
function useDrop(take: (files: FileList | null) => void): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const isFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent): void => {
      if (!isFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!isFile(event)) return;
      event.preventDefault();
      take(event.dataTransfer?.files ?? null);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  });
  return isOver;
}

function FileIcon() {
  return (
    <svg class="load-file-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M6 2.75h8l4.5 4.5v14H6z" />
      <path d="M14 2.75v4.5h4.5M9 12h6.5M9 15h6.5M9 18h4" />
    </svg>
  );
}
