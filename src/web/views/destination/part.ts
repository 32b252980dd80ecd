import { useEffect, useRef } from 'preact/hooks';
import type { DestinationPlace } from '../../parts/segment-key.js';

/** What all parts of the view need to know. */
export interface PartProps {
  readonly place: DestinationPlace;
  /** Which state of the destination is shown. When it is another one, the parts ask again. */
  readonly state: string;
}

/** Asks again whenever there is another state of the destination. */
export function useRereading(state: string, refresh: () => void): void {
  const seen = useRef(state);
  useEffect(() => {
    if (seen.current !== state) refresh();
    seen.current = state;
  }, [state]);
}
