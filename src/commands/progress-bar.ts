import { printable } from '../base/printable.js';

/** Shows the progress of a long operation. */
interface ProgressBar {
  readonly update: (done: number, total: number) => void;
  /** Erases the bar. */
  readonly end: () => void;
}

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/** In characters. */
const BAR_WIDTH = 30;

/** Creates a progress bar that overwrites one line of a terminal. Writes nothing if the stream is not a terminal. */
export function progressBar(stream: Output, label: string): ProgressBar {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined };
  let shownPercent = -1;
  return {
    update: (done, total) => {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      if (percent === shownPercent) return;
      shownPercent = percent;
      const filled = Math.round((percent / 100) * BAR_WIDTH);
      stream.write(
        `\r${printable(label)} [${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${percent}%`,
      );
    },
    end: () => {
      if (shownPercent === -1) return;
      shownPercent = -1;
      stream.write('\r\x1b[2K');
    },
  };
}
