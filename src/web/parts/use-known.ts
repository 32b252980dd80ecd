import { useRef } from 'preact/hooks';

/**
 * What was last known of a thing that may vanish while it is looked at.
 *
 * @param current what is known now; `null`: nothing
 * @param of names the thing. What was known of another is forgotten
 */
export function useKnown<T>(current: T | null, of: string): T | null {
  const last = useRef<{ readonly of: string; readonly value: T } | null>(null);
  if (current !== null) last.current = { of, value: current };
  return last.current?.of === of ? last.current.value : null;
}
