import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { seeded } from './random.mjs';

/** The lines of a file: requests, their answers, or values. */
export function readLines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

/**
 * Makes each request differ from all before it, so that nobody has its answer already: another value, of the same
 * length, takes the place of the one that stands behind a marker.
 *
 * @param fresh the `marker`, and the `file` of the values; absent where requests are to be sent as they are
 */
export function fresheningOf({ fresh }) {
  if (fresh === undefined) return null;
  const { marker } = fresh;
  const values = readLines(fresh.file);
  const random = seeded(performance.now());
  const value = () => values[Math.floor(random() * values.length)];
  return {
    text: (line) => {
      const at = line.indexOf(marker) + marker.length;
      const put = value();
      return line.slice(0, at) + put + line.slice(at + put.length);
    },
    inPlace: (buffer) => {
      buffer.write(value(), buffer.indexOf(marker) + marker.length, 'latin1');
    },
  };
}
