import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { atOnce } from '../../../src/base/turns.js';
import { UrlIndex } from '../../../src/directory/snapshot/url-index.js';
import { PackedSegments, type Segment } from '../../../src/segments/index.js';
import { segment } from '../../support/directory.js';

/** An index of segments with these addresses. */
function indexOf(...addresses: (string | Partial<Segment>)[]): UrlIndex {
  const fields = addresses.map((each) => (typeof each === 'string' ? { url: each } : each));
  const segments = fields.map((each, id) => segment('any', { ...each, id: `${id}` }));
  return atOnce(UrlIndex.building(PackedSegments.of(segments)));
}

describe('the address of a mapping', () => {
  it('is found as it is, letter by letter', () => {
    const index = indexOf('https://p.example/px?seg=1', 'https://p.example/px?seg=2');
    expect(index.findAll('https://p.example/px?seg=2')).toEqual([1]);
    for (const other of [
      'https://p.example/px?seg=',
      'https://p.example/px?seg=22',
      'HTTPS://P.EXAMPLE/px?seg=2',
      '',
    ]) {
      expect(index.findAll(other)).toEqual([]);
    }
  });

  it('is found by either of its forms, and once if both are the same', () => {
    const index = indexOf(
      { url: 'http://p.example/1', secureUrl: 'https://p.example/1' },
      { url: 'https://p.example/2', secureUrl: 'https://p.example/2' },
      { secureUrl: 'https://p.example/3?%rnd%' },
      {},
    );
    const found = (address: string): readonly number[] => index.findAll(address);
    expect([found('http://p.example/1'), found('https://p.example/1')]).toEqual([[0], [0]]);
    expect([found('https://p.example/2'), found('http://p.example/2')]).toEqual([[1], []]);
    expect(found('https://p.example/3?5')).toEqual([2]);
  });

  it.each([
    ['did', '%did%', '38296312345678901234567890123456789012'],
    ['rnd', '%rnd%', '3141592653'],
    ['timestamp', '%timestamp%', '1790000000000'],
    ['mcid', '%mcid%', '01234567890123456789012345678901234567'],
    ['region', '%region%', '9'],
    ['http_proto in the middle', '%http_proto%', 'https'],
    ['dpid_N', '%dpid_12345%', 'f00-ba4_x.y~z'],
    ['GDPR', '${GDPR}', '1'],
    ['GDPR_CONSENT_N', '${GDPR_CONSENT_755}', 'BONMj34ONMj34ABACDENALqAAAAAplY'],
    ['in another letter case', '%DiD%', '7'],
    ['of a later version', '%something_new_7%', 'x'],
  ])('is found with any value of the macro %s', (_, macro, value) => {
    for (const [before, after] of [
      ['https://p.example/px?a=1&m=', '&z=2'],
      ['https://p.example/px?m=', ''],
      ['https://p.example/', '/px'],
      ['https://p.example/px_', '.gif#top'],
      ['https://p.example/a%20b%2F', '%20c'],
    ] as const) {
      const index = indexOf(`${before}${macro}${after}`);
      for (const text of [value, '', '%7B7%7D', 'ü', macro]) {
        expect(index.findAll(`${before}${text}${after}`), `${before}${text}${after}`).toEqual([0]);
      }
      for (const text of ['a/b', 'a?b', 'a#b', 'a&b', 'a b']) {
        expect(index.findAll(`${before}${text}${after}`), text).toEqual([]);
      }
      expect(index.findAll(`${before}${value}${after}!`)).toEqual(after === '' ? [0] : []);
      expect(index.findAll(`!${before}${value}${after}`)).toEqual([]);
    }
  });

  it('is found with several macros, beside and after one another', () => {
    const index = indexOf(
      'https://%region%.p.example/%did%%rnd%-%mcid%?t=%timestamp%&c=${GDPR}${GDPR_CONSENT_1}',
    );
    expect(index.findAll('https://eu.p.example/12-3?t=4&c=5')).toEqual([0]);
    expect(index.findAll('https://.p.example/-?t=&c=')).toEqual([0]);
    expect(index.findAll('https://.p.example/--?t=&c=')).toEqual([0]);
    expect(index.findAll('https://eu.p.example/12?t=4&c=5')).toEqual([]);
    expect(index.findAll('https://eu.q.example/12-3?t=4&c=5')).toEqual([]);
  });

  it('that begins with the macro for the protocol is found with http and https alone', () => {
    const index = indexOf('%http_proto%://p.example/px?seg=1', '%HTTP_PROTO%://p.example/px?seg=%rnd%');
    expect(index.findAll('http://p.example/px?seg=1')).toEqual([0, 1]);
    expect(index.findAll('https://p.example/px?seg=2')).toEqual([1]);
    expect(index.findAll('ftp://p.example/px?seg=1')).toEqual([]);
    expect(index.findAll('://p.example/px?seg=1')).toEqual([]);
    expect(index.findAll('%http_proto%://p.example/px?seg=1')).toEqual([]);
  });

  it('is found with the alias in place of its macro, else with the sid, else with nothing', () => {
    const url = 'https://p.example/px?seg=%ALIAS%&r=%rnd%';
    const index = indexOf(
      { url, alias: 'loyal', sid: '1' },
      { url, alias: null, sid: '2' },
      { url, alias: null, sid: null },
      { url: 'https://p.example/px?seg=%alias%', alias: '$&', sid: '4' },
    );
    expect(index.findAll('https://p.example/px?seg=loyal&r=7')).toEqual([0]);
    expect(index.findAll('https://p.example/px?seg=1&r=7')).toEqual([]);
    expect(index.findAll('https://p.example/px?seg=2&r=7')).toEqual([1]);
    expect(index.findAll('https://p.example/px?seg=&r=7')).toEqual([2]);
    expect(index.findAll('https://p.example/px?seg=$&')).toEqual([3]);
  });

  it.each([
    ['https://p.example/caf%C3%A9%20bar%20', 'https://p.example/cafX%A9%20bar%20'],
    ['https://p.example/?q=%20and%20', 'https://p.example/?q=anything'],
    ['https://p.example/?q=%e9t%e9', 'https://p.example/?q=%e9'],
    ['https://p.example/?q=%fa_%25', 'https://p.example/?q=x25'],
    ['https://p.example/?q=100%', 'https://p.example/?q=100'],
    ['https://p.example/?q=%%', 'https://p.example/?q='],
    ['https://p.example/?q=%1x%', 'https://p.example/?q='],
    ['https://p.example/?q=$GDPR', 'https://p.example/?q='],
    ['https://p.example/?q=${}', 'https://p.example/?q='],
  ])('is not taken to have a macro where a character is encoded: %s', (address, other) => {
    const index = indexOf(address);
    expect(index.findAll(address)).toEqual([0]);
    expect(index.findAll(other)).toEqual([]);
  });

  it('has a macro behind an encoded character', () => {
    const index = indexOf('https://p.example/?q=%20%rnd%%20', 'https://p.example/?q=%e9%did%z');
    expect(index.findAll('https://p.example/?q=%2017%20')).toEqual([0]);
    expect(index.findAll('https://p.example/?q=%e917z')).toEqual([1]);
  });

  it('that matches two segments is that of both', () => {
    const index = indexOf(
      'https://p.example/?seg=1&r=%rnd%',
      'https://p.example/?seg=1&r=%timestamp%',
      'https://p.example/?seg=%did%&r=%rnd%',
      'https://p.example/?seg=1&r=7',
      'https://p.example/?seg=2&r=%rnd%',
    );
    expect(index.findAll('https://p.example/?seg=1&r=7').toSorted()).toEqual([0, 1, 2, 3]);
    expect(index.findAll('https://p.example/?seg=1&r=8').toSorted()).toEqual([0, 1, 2]);
    expect(index.findAll('https://p.example/?seg=2&r=8').toSorted()).toEqual([2, 4]);
  });

  it('whose two forms both match is found once', () => {
    const index = indexOf({ url: 'https://p.example/%rnd%', secureUrl: 'https://p.example/%did%' });
    expect(index.findAll('https://p.example/7')).toEqual([0]);
  });
});

/** Texts of which no macro's value and no fixed text is broken: no delimiter, no macro. */
const plain = fc.stringMatching(/^[a-z0-9._~=:,;!*'()-]{0,6}$/);
const value = fc.oneof(
  plain,
  fc.stringMatching(/^(?:%[0-9A-F]{2}){1,3}$/),
  fc.constantFrom('%rnd%', '${GDPR}', 'あ'),
);
const macro = fc.constantFrom(
  '%did%',
  '%rnd%',
  '%timestamp%',
  '%mcid%',
  '%region%',
  '%dpid_12%',
  '${GDPR}',
  '${GDPR_CONSENT_755}',
);
const delimiter = fc.constantFrom('/', '?', '#', '&', '');
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** A template in parts: a fixed text, then a macro with the value that it gets. */
const parts = fc.array(
  fc.record({ text: fc.tuple(delimiter, plain, delimiter).map((texts) => texts.join('')), macro, value }),
  { minLength: 1, maxLength: 6 },
);

describe('an address that is made of a template by replacing its macros', () => {
  it('is always found, also among other templates', () => {
    fc.assert(
      fc.property(
        fc.array(parts, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        plain,
        (templates, pick, end) => {
          const urls = templates.map(
            (each) =>
              `https://p.example${each.map(({ text, macro: name }) => `${text}${name}`).join('')}${end}`,
          );
          const chosen = pick % templates.length;
          const address = `https://p.example${templates[chosen]!.map(
            ({ text, value: given }) => `${text}${given}`,
          ).join('')}${end}`;
          const index = indexOf(...urls);
          expect(index.findAll(address)).toContain(chosen);
          // Whatever is found could have made the address: its macros take any text without a delimiter.
          for (const record of index.findAll(address)) {
            const pattern = templates[record]!.map(({ text }) => `${escaped(text)}[^/?#&\\s]*`).join('');
            expect(address).toMatch(new RegExp(`^https://p\\.example${pattern}${escaped(end)}$`));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is found exactly if a regular expression with the same wildcards matches', () => {
    // Few letters and much repetition, so that values and fixed texts are easily mixed up.
    const letters = fc.stringMatching(/^[ab/]{0,4}$/);
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 5 }),
        fc.stringMatching(/^[ab/]{0,12}$/),
        (texts, address) => {
          const index = indexOf(texts.join('%rnd%'));
          const pattern = new RegExp(`^${texts.join('[^/?#&\\s]*')}$`);
          expect(index.findAll(address)).toEqual(pattern.test(address) ? [0] : []);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the work for an address', () => {
  /** Counts the comparisons of texts that a call makes. */
  function comparisonsOf(call: () => unknown): number {
    const spies = (['indexOf', 'startsWith', 'endsWith', 'includes'] as const).map((method) =>
      vi.spyOn(String.prototype, method),
    );
    call();
    const count = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    for (const spy of spies) spy.mockRestore();
    return count;
  }

  it('does not grow with the number of other templates that begin and end as it does', () => {
    const templates = (count: number): string[] =>
      Array.from({ length: count }, (_, id) => `https://p.example/px?r=%rnd%&seg=${id}&t=%timestamp%`);
    const counts = [10, 5_000].map((count) => {
      const index = indexOf(...templates(count));
      return comparisonsOf(() => expect(index.findAll('https://p.example/px?r=1&seg=7&t=2')).toEqual([7]));
    });
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThan(10);
  });

  it.each([
    ['of its fixed texts alone', (length: number) => '-'.repeat(length)],
    ['of beginnings of its fixed texts', (length: number) => '-ab'.repeat(length / 3)],
    ['of delimiters', (length: number) => '/?#&'.repeat(length / 4)],
    ['of macros', (length: number) => '%rnd%'.repeat(length / 5)],
  ])('does not grow with its length in another way than the text itself: one %s', (_, make) => {
    const index = indexOf(
      'https://p.example/%did%-%rnd%-%mcid%-%timestamp%-abc-%region%/x',
      'https://p.example/%did%%rnd%%mcid%%timestamp%%region%',
      'https://p.example/%did%/%rnd%/%mcid%/%timestamp%/%region%',
      'https://p.example/',
    );
    const counts = [300, 3_000, 30_000].map((length) =>
      comparisonsOf(() => {
        index.findAll(`https://p.example/${make(length)}`);
        index.findAll(`https://p.example/${make(length)}/x`);
        index.findAll(make(length));
      }),
    );
    expect(Math.max(...counts)).toBeLessThan(50);
    expect(counts[2]).toBeLessThanOrEqual(counts[0]!);
  });
});
