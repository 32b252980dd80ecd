import { Fragment, type ComponentChildren } from 'preact';

interface SentenceProps {
  /** A text with places, such as `{from} is now called {name}.` */
  readonly text: string;
  /** What stands at each place. */
  readonly slots: Readonly<Record<string, ComponentChildren>>;
}

/** A sentence in which names, links or times stand, in the order of each language. */
export function Sentence({ text, slots }: SentenceProps) {
  // Every second piece is the name of a place.
  const pieces = text.split(/\{(\w+)\}/);
  return (
    <>
      {pieces.map((piece, index) => (
        <Fragment key={index}>{index % 2 === 0 ? piece : slots[piece]}</Fragment>
      ))}
    </>
  );
}
