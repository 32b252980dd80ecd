import { useEffect, useRef, useState } from 'preact/hooks';

/** A text that is typed into a field, and that counts a moment after the last key. */
export interface TypedText {
  readonly text: string;
  readonly type: (text: string) => void;
  /** Lets the text count at once. */
  readonly commit: () => void;
}

/**
 * Keeps what is typed, and hands it on a moment after the last key.
 *
 * @param current what counts now. If it changes from elsewhere, for example by going back, the field follows
 * @param waitMs how long a text waits, in milliseconds
 */
export function useTypedText(
  current: string,
  handOn: (text: string) => void,
  waitMs: (text: string) => number,
): TypedText {
  const [text, setText] = useState(current);
  const handed = useRef(current);
  const latest = useRef(handOn);
  latest.current = handOn;

  const give = (value: string): void => {
    if (value === handed.current) return;
    handed.current = value;
    latest.current(value);
  };
  useEffect(() => {
    if (current === handed.current) return;
    handed.current = current;
    setText(current);
  }, [current]);
  useEffect(() => {
    if (text === handed.current) return;
    const timer = setTimeout(() => give(text), waitMs(text));
    return () => clearTimeout(timer);
  }, [text]);
  return { text, type: setText, commit: () => give(text) };
}
