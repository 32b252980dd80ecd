/** A bar that shows how far something is, on a terminal; nothing elsewhere. */
export interface ProgressBar {
  readonly update: (done: number, total: number) => void;
  readonly end: () => void;
}

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

const WIDTH = 30;

/** Draws over one line of a terminal. */
export function progressBar(stream: Terminal, label: string): ProgressBar {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined };
  let shown = -1;
  return {
    update: (done, total) => {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      if (percent === shown) return;
      shown = percent;
      const filled = Math.round((percent / 100) * WIDTH);
      stream.write(`\r${label} [${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent}%`);
    },
    end: () => {
      if (shown === -1) return;
      shown = -1;
      stream.write('\r\x1b[2K');
    },
  };
}
