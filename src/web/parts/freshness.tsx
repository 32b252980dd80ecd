import { useFormat, useTexts } from '../texts/index.js';
import { useNow } from './use-now.js';

interface FreshnessProps {
  /** When it was last confirmed; `null`: never. */
  readonly asOf: string | null;
  readonly isStale: boolean;
  /** Whether it was given by hand, so that there is nothing to be read again. */
  readonly isByHand?: boolean;
}

/** How current something is: "read 3 minutes ago", with the exact time in its title. */
export function Freshness({ asOf, isStale, isByHand = false }: FreshnessProps) {
  const { freshness } = useTexts().parts;
  if (isByHand) return <span class="freshness">{freshness.byHand}</span>;
  if (asOf === null) return <span class="freshness freshness-stale">{freshness.never}</span>;
  return (
    <span class={isStale ? 'freshness freshness-stale' : 'freshness'}>
      <Ago time={asOf} text={freshness.read} />
      {isStale && <span class="freshness-mark"> {freshness.stale}</span>}
    </span>
  );
}

/** A time from now, with the exact time in its title. */
export function Ago({
  time,
  text = (when) => when,
}: {
  readonly time: string;
  readonly text?: (when: string) => string;
}) {
  const format = useFormat();
  const now = useNow();
  return (
    <time dateTime={time} title={format.moment(time)}>
      {text(format.fromNow(time, now))}
    </time>
  );
}
