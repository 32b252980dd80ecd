/** Begins the names of everything that the explorer keeps. */
const PREFIX = 'aam-gateway.explorer.';

/** Where the explorer keeps its tabs and its history: for this browser tab, until it is closed or the person signs out. */
export const explorerStorage = {
  get length(): number {
    return keptNames().length;
  },
  getItem: (name: string): string | null => storage()?.getItem(PREFIX + name) ?? null,
  setItem: (name: string, value: string): void => storage()?.setItem(PREFIX + name, value),
  removeItem: (name: string): void => storage()?.removeItem(PREFIX + name),
  /** Forgets everything of the explorer, and nothing else. */
  clear: (): void => {
    for (const name of keptNames()) storage()?.removeItem(name);
  },
};

/** `null`: storage is turned off in this browser. */
function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function keptNames(): string[] {
  return Object.keys(storage() ?? {}).filter((name) => name.startsWith(PREFIX));
}
