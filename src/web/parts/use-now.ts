import { useEffect, useState } from 'preact/hooks';

/** How often times that are told from now are told anew, in milliseconds. */
const EVERY_MS = 20_000;

/** The present time, which moves on. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
