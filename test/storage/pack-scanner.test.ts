import fc from 'fast-check';
import { expect, it } from 'vitest';
import type * as ScannerFile from '../../src/storage/packs/scanner.js';

// Only the built file has the kernel in it.
const BUILT = '../../build/storage/packs/scanner.js';
const { blockOf, Scanner } = (await import(BUILT)) as typeof ScannerFile;

/** Few letters, so that parts of words are found in many places; some take several bytes. */
const LETTER = fc.constantFrom('a', 'b', 'ab', 'ü', '日', '😀');
const TEXT = fc.array(LETTER, { maxLength: 60 }).map((letters) => letters.join(''));
const TERM = fc.array(LETTER, { minLength: 1, maxLength: 20 }).map((letters) => letters.join(''));
const ROW = fc.record({ text: TEXT, status: fc.constantFrom(1, 2, 4, 8) });

it('finds the rows that have all terms and one of the statuses, whatever was looked through before', () => {
  const scanner = new Scanner();
  fc.assert(
    fc.property(
      fc.array(ROW, { minLength: 1, maxLength: 40 }),
      fc.array(TERM, { maxLength: 3 }),
      fc.integer({ min: 0, max: 15 }),
      fc.nat(),
      (rows, words, statusBits, seed) => {
        // Parts of the texts are found more often than random words.
        const { text } = rows[seed % rows.length]!;
        const terms = [...words, ...Array.from(text).slice(seed % 40, (seed % 40) + 1 + (seed % 20))];
        const block = blockOf(
          rows.map((row) => row.text),
          rows.map(({ status }) => status),
        );
        const found = scanner.find(block, { terms: terms.map((term) => Buffer.from(term)), statusBits });
        const expected = rows.flatMap((row, index) =>
          (row.status & statusBits) !== 0 && terms.every((term) => row.text.includes(term)) ? [index] : [],
        );
        expect([...found]).toEqual(expected);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('looks through a text that is larger than its memory', () => {
  const block = blockOf([`${'x'.repeat(1_000_000)}y`, 'z'], [1, 1]);
  const find = (term: string) => [
    ...new Scanner().find(block, { terms: [Buffer.from(term)], statusBits: 1 }),
  ];
  expect(find('xy')).toEqual([0]);
  expect(find('z')).toEqual([1]);
  expect(find('yz')).toEqual([]);
});

it('refuses terms that do not fit', () => {
  const wanted = { terms: [Buffer.alloc(40_000, 'a')], statusBits: 1 };
  expect(() => new Scanner().find(blockOf(['a'], [1]), wanted)).toThrow(RangeError);
});
