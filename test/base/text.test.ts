import { describe, expect, it } from 'vitest';
import { compareText, fold, searchTerms } from '../../src/base/text.js';
import { fold as foldOnPage } from '../../src/web/parts/marks.js';

describe('folded text', () => {
  it.each([
    ['case', 'CAFÉ', 'cafe'],
    ['accents that are part of the letter', 'caf\u00e9', 'cafe'],
    ['accents that stand beside the letter', 'cafe\u0301', 'cafe'],
    ['Greek case and accents', 'Ελλάδα', 'ελλαδα'],
    ['the final form of sigma', 'ΟΔΟΣ οδός', 'οδοσ οδοσ'],
    ['Turkish capitals', 'İstanbul', 'istanbul'],
    ['Vietnamese', 'Việt Nam', 'viet nam'],
    ['ligatures', 'oﬃce', 'office'],
    ['full-width forms', 'ＡＢＣ　１２３', 'abc 123'],
    ['half-width kana', 'ﾊﾞｽ', 'バス'],
    ['the German ß, small and capital', 'Straße STRAẞE', 'strasse strasse'],
    ['the Turkish dotless i', 'ışık IŞIK', 'isik isik'],
    ['strokes', 'Łódź Øre Đà Ħal Ŧ', 'lodz ore da hal t'],
    ['the Icelandic þ and ð', 'Þór Ðor það', 'thor dor thad'],
    ['Latin ligatures that are letters', 'Ærø Œuvre ǽ', 'aero oeuvre ae'],
  ])('is without %s', (_, text, folded) => {
    expect(fold(text)).toBe(folded);
    expect(fold(fold(text))).toBe(folded);
    // The page marks what was found.
    expect(foldOnPage(text)).toBe(folded);
  });

  it.each([
    ['voiced kana', 'ガギグ パピプ'],
    ['Devanagari vowel signs', 'हिन्दी समाचार'],
    ['Thai vowels and tones', 'ผู้ซื้อ'],
    ['Hangul', '한국어'],
    ['Arabic', 'مشتري'],
    ['emoji with their joiners', '👩‍👩‍👧 🏳️‍🌈'],
    ['digits', '2026'],
  ])('keeps %s', (_, text) => {
    expect(fold(text)).toBe(text.normalize('NFC'));
  });

  it('distinguishes letters that differ in more than an accent', () => {
    expect(fold('か')).not.toBe(fold('が'));
    expect(fold('कि')).not.toBe(fold('की'));
  });
});

describe('the terms of a search', () => {
  it.each([
    ['words', 'Big  Spenders', ['big', 'spenders']],
    ['words separated by any white space', '\tbig\u00a0spenders\u3000最近\n', ['big', 'spenders', '最近']],
    ['nothing for an empty text', '', []],
    ['nothing for blanks', ' \t ', []],
    ['without NUL, which no stored text has', 'big\0ger \0', ['bigger']],
    ['special characters unchanged', '50% (a|b) .*', ['50%', '(a|b)', '.*']],
  ])('are %s', (_, text, terms) => {
    expect(searchTerms(text)).toEqual(terms);
  });
});

describe('the order of texts', () => {
  it('is that of code points, also above U+FFFF', () => {
    const inOrder = ['', 'A', 'AA', 'a', 'é', 'ω', '日本', '\uff21', '😀', '😀a', '😁'];
    expect(inOrder.toReversed().sort(compareText)).toEqual(inOrder);
    expect(inOrder.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(inOrder);
    for (const text of inOrder) expect(compareText(text, text)).toBe(0);
  });
});
