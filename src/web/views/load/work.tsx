import { useFormat, useTexts } from '../../texts/index.js';
import type { FileLoad, LoadState } from './file-load.js';

interface WorkProps {
  readonly load: FileLoad;
  readonly work: NonNullable<LoadState['work']>;
}

/** How far the file is, and a way to stop it. */
export function Work({ load, work: { is, progress } }: WorkProps) {
  const { load: texts } = useTexts();
  const format = useFormat();
  const { phase, percent } = progress;
  const words = phase === 'APPLYING' && is === 'import' ? texts.phase.storing : texts.phase[phase];
  return (
    <div class="load-work">
      <p id="load-work">{percent === null ? words : texts.percent(words, format.number(percent))}</p>
      <progress aria-labelledby="load-work" max={100} value={percent ?? undefined} />
      <button type="button" class="button" onClick={() => load.stop()}>
        {texts.stop}
      </button>
    </div>
  );
}
