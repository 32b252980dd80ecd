import { Visible } from './name.js';
import { excerptOf, findWords, type Range } from './marks.js';

interface MarkedProps {
  /** A text from outside. */
  readonly text: string;
  /** The words that are marked in it, see `searchWords`. */
  readonly words: readonly string[];
  /** A longer text is cut around the first mark. Whoever uses this offers a way to see all of it. */
  readonly longest?: number;
}

/** Shows a text from outside as `Name` does, with the words of a search marked in it. */
export function Marked({ text, words, longest = 160 }: MarkedProps) {
  const excerpt = excerptOf(text, findWords(text, words), longest);
  return (
    <bdi class="name">
      {excerpt.isCutBefore && '…'}
      {piecesOf(excerpt.text, excerpt.ranges).map(({ text: piece, isMarked }, index) =>
        isMarked ? (
          <mark key={index}>
            <Visible text={piece} />
          </mark>
        ) : (
          <Visible key={index} text={piece} />
        ),
      )}
      {excerpt.isCutAfter && '…'}
    </bdi>
  );
}

function piecesOf(text: string, ranges: readonly Range[]): { text: string; isMarked: boolean }[] {
  const pieces: { text: string; isMarked: boolean }[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    pieces.push({ text: text.slice(end, from), isMarked: false });
    pieces.push({ text: text.slice(from, to), isMarked: true });
    end = to;
  }
  pieces.push({ text: text.slice(end), isMarked: false });
  return pieces.filter((piece) => piece.text !== '');
}
