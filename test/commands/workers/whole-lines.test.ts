import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { passWholeLines } from '../../../src/commands/workers/whole-lines.js';

it('passes on whole lines, however they arrive, and ends the last one', async () => {
  const from = new PassThrough();
  const written: string[] = [];
  passWholeLines(from, (lines) => written.push(lines.toString()));
  const text = 'one\ntwo is ä longer line\n\nthree\nfour';
  for (const byte of Buffer.from(text)) from.write(Buffer.from([byte]));
  from.end();
  await once(from, 'end');
  expect(written.every((lines) => lines.endsWith('\n'))).toBe(true);
  expect(written.join('')).toBe(`${text}\n`);
});
