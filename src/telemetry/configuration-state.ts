/** What became of an attempt to read the configuration again. */
export type ReloadOutcome = 'applied' | 'refused' | 'failed';

/** What became of the configuration of a gateway so far. */
export interface ConfigurationState {
  /** When what is in force was read, in milliseconds since the epoch. */
  readonly readAt: number;
  /** Whether the last attempt to read it again succeeded. */
  readonly isLatest: boolean;
  /** The attempts to read it again. */
  readonly reloads: Readonly<Record<ReloadOutcome, number>>;
}

/** A configuration that was read and is in force, at the start. @param now milliseconds since the epoch */
export function firstConfiguration(now: number): ConfigurationState {
  return { readAt: now, isLatest: true, reloads: { applied: 0, refused: 0, failed: 0 } };
}

/** After an attempt to read it again. @param now milliseconds since the epoch */
export function afterReload(
  { readAt, reloads }: ConfigurationState,
  outcome: ReloadOutcome,
  now: number,
): ConfigurationState {
  const isLatest = outcome === 'applied';
  return {
    readAt: isLatest ? now : readAt,
    isLatest,
    reloads: { ...reloads, [outcome]: reloads[outcome] + 1 },
  };
}
