import { useState } from 'preact/hooks';
import { useTexts } from '../texts/index.js';

/**
 * Characters that change what is shown around them, or show nothing: control characters, separators, marks of direction,
 * and characters without a width. Source: Unicode Standard Annex 9.
 */
const INVISIBLE =
  /([\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+)/u;

/** Longer texts are cut, in characters. */
const LONGEST = 160;

interface NameProps {
  /** A text from outside, such as the name of a segment. */
  readonly text: string;
  /** Where it is cut. `null`: nowhere. */
  readonly longest?: number | null;
}

/**
 * Shows a text from outside: in any script, without effect on the text around it, with what is invisible in it made
 * visible, and cut if it is long.
 */
export function Name({ text, longest = LONGEST }: NameProps) {
  const { parts } = useTexts();
  const [isWhole, setWhole] = useState(false);
  const isLong = longest !== null && isLongName(text, longest);
  const shown = isLong && !isWhole ? `${cut(text, longest)}…` : text;
  return (
    <>
      <bdi class="name">
        <Visible text={shown} />
      </bdi>
      {isLong && (
        <>
          {' '}
          <button
            type="button"
            class="button-link"
            aria-expanded={isWhole}
            onClick={() => setWhole(!isWhole)}
          >
            {isWhole ? parts.showLess : parts.showAll}
          </button>
        </>
      )}
    </>
  );
}

/** A part of a text from outside, with what is invisible in it made visible. What it is a part of has to be isolated: `bdi`. */
export function Visible({ text }: { readonly text: string }) {
  return <>{INVISIBLE.test(text) ? text.split(INVISIBLE).map(marked) : text}</>;
}

/** Whether a text is cut. The button that shows all of it cannot be inside of a link. */
export function isLongName(text: string, longest: number = LONGEST): boolean {
  return text.length > longest * 1.25;
}

/** Every second piece consists of invisible characters. */
function marked(piece: string, index: number) {
  if (index % 2 === 0) return piece;
  return Array.from(piece, (character, position) => (
    <Invisible key={`${index}.${position}`} character={character} />
  ));
}

function Invisible({ character }: { readonly character: string }) {
  const { parts } = useTexts();
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return (
    <span class="invisible" title={parts.control(code)}>
      {code}
    </span>
  );
}

/** The beginning of a text, without half of a character at its end. */
function cut(text: string, length: number): string {
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
