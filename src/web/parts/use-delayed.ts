import { useEffect, useState } from 'preact/hooks';

/** A value as it was when it had not changed for a while, so that not every letter that is typed is asked for. */
export function useDelayed<T>(value: T, milliseconds: number): T {
  const [delayed, setDelayed] = useState(() => value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(() => value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return delayed;
}
