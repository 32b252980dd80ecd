import type { Readable } from 'node:stream';

const LINE_BREAK = 10;

/**
 * Passes on what a worker writes, in whole lines: several processes that write to the same pipe tear each other's lines. At
 * the end, a line without a break gets one.
 */
export function passWholeLines(from: Readable, write: (lines: Buffer) => void): void {
  let rest: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(LINE_BREAK) + 1;
    if (end > 0) {
      write(rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
  });
  from.on('end', () => {
    if (rest.length > 0) write(Buffer.concat([...rest, Buffer.from('\n')]));
  });
}
