/** What a run consists of. */
export interface SoakOptions {
  /** Number of faults that have to take effect. */
  readonly faults: number;
  /** Number of gateways that are killed. */
  readonly kills: number;
  /** Decides everything that is random in the program; what happens in time stays random. */
  readonly seed: number;
  readonly storage: SoakStorageName;
  /** Whether the run goes on after something was found. */
  readonly keepGoing: boolean;
  /** Folder for everything that the gateways log; `null`: it is not kept. */
  readonly logs: string | null;
  /** Called with a line about the progress now and then. */
  readonly onProgress: (line: string) => void;
}

export type SoakStorageName = 'sqlite' | 'postgres';

/** The settings of a run of the test, from the environment: see run.mjs. Default: what runs with all tests. */
export function soakSettings(env: NodeJS.ProcessEnv): Omit<SoakOptions, 'storage' | 'onProgress'> & {
  readonly storages: readonly SoakStorageName[];
} {
  return {
    faults: numberOf(env, 'SOAK_FAULTS', 2_000),
    kills: numberOf(env, 'SOAK_KILLS', 30),
    seed: numberOf(env, 'SOAK_SEED', 20_260_115),
    keepGoing: env['SOAK_KEEP_GOING'] === 'true',
    logs: env['SOAK_LOGS'] ?? null,
    storages: storagesOf(env['SOAK_STORAGE'] ?? 'both'),
  };
}

function numberOf(env: NodeJS.ProcessEnv, name: string, byDefault: number): number {
  const text = env[name];
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is not a whole number: ${text}`);
  return value;
}

function storagesOf(text: string): readonly SoakStorageName[] {
  if (text === 'both') return ['sqlite', 'postgres'];
  if (text === 'sqlite' || text === 'postgres') return [text];
  throw new Error(`SOAK_STORAGE is none of sqlite, postgres and both: ${text}`);
}
