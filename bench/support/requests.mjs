import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { seeded } from './random.mjs';

/** The lines of a file: requests, their answers, or values. */
export function readLines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

/**
 * Makes each request differ from all before it, so that nobody has its answer already: other values, of the same
 * length, take the places of those that stand behind some markers. There are so many combinations that none comes twice.
 *
 * @param fresh the `markers`, each of which stands somewhere behind the one before it, and the `file` of the values;
 * absent where requests are to be sent as they are
 */
export function fresheningOf({ fresh }) {
  if (fresh === undefined) return null;
  const { markers } = fresh;
  const values = readLines(fresh.file);
  const random = seeded(performance.now());
  const value = () => values[Math.floor(random() * values.length)];
  return {
    text: (line) => {
      let text = line;
      let at = 0;
      for (const marker of markers) {
        at = text.indexOf(marker, at) + marker.length;
        const put = value();
        text = text.slice(0, at) + put + text.slice(at + put.length);
      }
      return text;
    },
    inPlace: (buffer) => {
      let at = 0;
      for (const marker of markers) {
        at = buffer.indexOf(marker, at) + marker.length;
        buffer.write(value(), at, 'latin1');
      }
    },
  };
}
