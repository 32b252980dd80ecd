import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/delivery/delivery-error.js';
import { guessTemplate } from '../../src/delivery/template-guess.js';
import { readTemplate } from '../../src/delivery/template.js';

const guessOf = (...lines: string[]): string => guessTemplate(lines).template.text;

describe('a template', () => {
  it('may be a pattern of fields', () => {
    expect(readTemplate('{user}\\t{segments:|};{left}')).toEqual({
      kind: 'line',
      text: '{user}\\t{segments:|};{left}',
      fields: [
        { kind: 'text', name: 'user', before: '' },
        { kind: 'list', change: 'ENTERED', separator: '|', before: '\t' },
        { kind: 'list', change: 'LEFT', separator: ',', before: ';' },
      ],
    });
  });

  it('may have bytes that cannot be typed', () => {
    expect(readTemplate('{user}\\x01{segments:\\x02}')).toMatchObject({
      fields: [{}, { before: '\x01', separator: '\x02' }],
    });
  });

  it.each([
    [
      'is not known',
      'defualt',
      /There is no template "defualt"\. Choose one of default, spaces, tabs, typed, json/,
    ],
    ['has no segments', '{user} {other}', /none of \{segments\}, \{left\} and \{items\}/],
    ['has a field twice', '{user} {segments} {segments:|}', /twice/],
    ['has two fields without a separator', '{user}{segments}', /nothing stands between/],
    ['has a list that does not end', '{segments: } {left}', /followed by the separator of its own entries/],
    ['has a long separator', '{user} {segments:--}', /one character/],
    ['has text behind the last field', '{user} {segments};', /";" is not a field in braces/],
    ['has an open brace', '{user} {segments', /is not a field in braces/],
    ['has an unknown escape', '{user}\\q{segments}', /none of/],
    ['has a byte that is not ASCII', '{user}\\xff{segments}', /none of/],
    ['has items without an ID', '{user} {items:&:type,status}', /not a list of items/],
    ['has items with an unknown part', '{user} {items:&:id,name}', /not a list of items/],
    ['has a separator for a plain field', '{user:,} {segments}', /not \{user\}/],
    ['has a name that the result needs', '{line} {segments}', /needs another name/],
    ['has two lines', '{user}\n{segments}', /more than one line/],
  ])('that %s is refused, with the reason', (_, text, reason) => {
    expect(() => readTemplate(text)).toThrow(DeliveryError);
    expect(() => readTemplate(text)).toThrow(reason);
  });
});

const ONE_SPACE = '{user} {segments} {left}';
const TWO_SPACES = '{user}  {segments}  {left}';

describe('the template of a file', () => {
  it.each([
    ['two spaces', TWO_SPACES, ['38  24,26,27  25,28', '39  24', '40    25']],
    [
      'two spaces, of which one line is broken',
      TWO_SPACES,
      [...Array<string>(20).fill('38  24  25'), '39 24 25'],
    ],
    ['one space', ONE_SPACE, ['38 24,26,27 25,28', '39 24', '40  25']],
    [
      'one space, of which a tenth tell',
      ONE_SPACE,
      [...Array<string>(90).fill('38 24 25'), ...Array<string>(10).fill('39 24,25 26')],
    ],
    ['spaces only', 'spaces', ['123456 105955 101183', '123457 1 2 3 4', '123458 1', '123459 1 2 3']],
    [
      'tabs',
      'tabs',
      ['1159\tU\tD\t1\t0\t5,103714,1,1790000000000&5,103713,1,1790000000001', '1159\tU\tD\t1\t0\t'],
    ],
    ['types', 'typed', ['U\t5,103714,5,103713', 'V\t5,1']],
    ['JSON', 'json', ['{"TDID":"1","Data":[{"Name":"4321"}]}']],
    ['nothing', TWO_SPACES, []],
  ])('is guessed from lines with %s', (_, template, lines) => {
    expect(guessOf(...lines)).toBe(template);
    expect(guessOf('', ...lines, '')).toBe(template);
  });

  it('is guessed below a header', () => {
    const guess = guessTemplate(['User_ID Segments Removed', '38 24,26 25', '39 24']);
    expect(guess).toMatchObject({ template: { text: ONE_SPACE }, hasHeader: true });
    expect(guessTemplate(['# sent by Adobe', '38 24,26 25'])).toMatchObject({ hasHeader: true });
  });

  it('does not take a user for a header', () => {
    for (const user of ['id-4711', '4711', 'userland', 'AAM1']) {
      expect(guessTemplate([`${user} 24,26 25`]).hasHeader, user).toBe(false);
    }
  });

  it.each([
    [
      'the third field may be left or entered',
      ['38 24 25', '39 24'],
      /--template default or --template spaces/,
    ],
    ['all have one segment', ['38 24'], /--template default or --template spaces/],
    ['two spaces may be one separator or two', ['38  24,26', '39  25'], /one space.*two spaces/],
    ['half have one space and half have two', ['38  24,26  25', '39 24,26 25'], /one space.*two spaces/],
    [
      'one line of many has one space, and two spaces may be one separator or two',
      [...Array<string>(1_000).fill('38  24'), '39 24'],
      /one space.*two spaces/,
    ],
    [
      'one line of many has a field more',
      [...Array<string>(1_000).fill('38 24 25'), '39 24 25 26'],
      /--template default or --template spaces/,
    ],
    [
      'one line of many has a list',
      [...Array<string>(9).fill('38 24 25'), '39 24,25 26'],
      /--template default or --template spaces/,
    ],
    [
      'a few lines of many tell',
      [...Array<string>(96).fill('38 24 25'), ...Array<string>(4).fill('39 24,25 26')],
      /--template default or --template spaces/,
    ],
    ['pairs of IDs would lose every other one as a type', ['U\t80920,80940', 'V\t80921,80941'], /fit none/],
    [
      'items of IDs would lose every other one as a type',
      ['1159\tU\tD\t1\t0\t80920,80940,1,2&80921,80941,1,2'],
      /fit none/,
    ],
    ['they are a table', ['date,segment,clicks', '2026-01-01,24,7'], /--column/],
    ['they are text', ['It was a dark and stormy night,', 'and so on,'], /fit none/],
  ])('is not guessed where %s', (_, lines, remedy) => {
    expect(() => guessOf(...lines)).toThrow(DeliveryError);
    expect(() => guessOf(...lines)).toThrow(remedy);
  });

  it('is only asked for the number of spaces where it is stated as default', () => {
    expect(guessTemplate(['38 24 25', '39 24'], true).template.text).toBe(ONE_SPACE);
    expect(() => guessTemplate(['38  24'], true)).toThrow(/one space/);
    const oneBroken = [...Array<string>(1_000).fill('38  24'), '39 24'];
    expect(() => guessTemplate(oneBroken, true)).toThrow(/one space/);
  });
});
