import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../base/clock.js';
import { filesMatching } from './glob.js';
import { identityOf, stampOf, stampOfSync, type ConfigSources } from './source-files.js';

/** How often all files are looked at, whether or not the system reports changes: network file systems report none. */
const POLL_MS = 5_000;

/** How long after a reported change the files are looked at, in milliseconds. Changes rarely come alone. */
const EVENT_DELAY_MS = 100;

/** How long nothing may change before the files are read, in milliseconds, so that no half-written set is read. */
const SETTLE_MS = 500;

/** Files that never stop changing are read after this time all the same, in milliseconds. */
const MAX_SETTLE_MS = 10_000;

/** Maximum number of folders whose changes the system reports. The files in others are looked at every 5 seconds. */
const MAX_WATCHED_FOLDERS = 256;

/** How many files are looked at together. */
const BATCH = 64;

interface WatchOptions {
  readonly clock: Clock;
  /** Called when the files have changed and then stayed the same for a moment. */
  readonly onChange: () => void;
  /** Reports changes in a folder. Default: what the system offers. */
  readonly watchFolder?: typeof watch;
}

/** A change that was seen. Times by `Clock.elapsed`, in milliseconds. */
interface PendingChange {
  /** What has changed, and how. */
  readonly state: string;
  /** When the files were first seen in this state. */
  readonly at: number;
  /** When the first change was seen. */
  readonly since: number;
}

/**
 * Watches the files of a configuration: changed, replaced, deleted and new ones, and those that its patterns match from
 * now on. What the system reports is only a hint to look; what has changed is told by comparing the files with how they
 * were when they were read. So nothing is missed between reading and watching, and nothing else in a folder counts.
 */
export class ConfigWatch {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #watchFolder: typeof watch;
  #sources: ConfigSources | null = null;
  /** The folders of the patterns as they were when the patterns were last tried. */
  #folders = new Map<string, string>();
  #watchers: FSWatcher[] = [];
  #pending: PendingChange | null = null;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;

  constructor({ clock, onChange, watchFolder = watch }: WatchOptions) {
    this.#clock = clock;
    this.#watchFolder = watchFolder;
    this.#onChange = onChange;
  }

  /** Watches other files, those that were read last. After each call of `onChange`, nothing is watched until this. */
  follow(sources: ConfigSources): void {
    this.stop();
    this.#sources = sources;
    this.#folders = new Map(sources.folders);
    this.#listen(sources);
    this.#checkWithin(POLL_MS);
  }

  /** Ends watching. `follow` begins it again. */
  stop(): void {
    this.#sources = null;
    this.#pending = null;
    this.#timer?.cancel();
    this.#timer = null;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  /** Looks at the files after this time, or earlier if that was due anyway. */
  #checkWithin(ms: number): void {
    const at = this.#clock.elapsed() + ms;
    if (this.#sources === null || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.schedule(() => {
      this.#timer = null;
      void this.#check();
    }, ms);
    this.#timer = { at, cancel };
  }

  async #check(): Promise<void> {
    const sources = this.#sources;
    if (sources === null) return;
    const state = await this.#changesSince(sources);
    // Other files are watched by now.
    if (sources !== this.#sources) return;
    const now = this.#clock.elapsed();
    if (state === '') {
      this.#pending = null;
      this.#checkWithin(POLL_MS);
      return;
    }
    const since = this.#pending?.since ?? now;
    const at = this.#pending?.state === state ? this.#pending.at : now;
    if (now - at >= SETTLE_MS || now - since >= MAX_SETTLE_MS) {
      this.stop();
      this.#onChange();
      return;
    }
    this.#pending = { state, at, since };
    this.#checkWithin(SETTLE_MS - (now - at));
  }

  /** @returns what is other than when it was read; '' if nothing is */
  async #changesSince({ files, patterns }: ConfigSources): Promise<string> {
    const changes = (await differences(files)).map(([path, stamp]) => `${path} ${stamp}`);
    const changedFolders = await differences(this.#folders);
    if (changedFolders.length === 0 && this.#pending === null) return changes.join('\n');
    let isSame = true;
    for (const { pattern, folder, files: before } of patterns) {
      const now = tryPattern(pattern, folder);
      if (now.join('\n') === before.join('\n')) continue;
      isSame = false;
      // With the stamps of new files, so that they are read when they are complete.
      changes.push(...now.map((path) => `${path} ${stampOfSync(path)}`));
    }
    // Other files come and go in these folders, such as those of editors.
    if (isSame) for (const [path, stamp] of changedFolders) this.#folders.set(path, stamp);
    return changes.join('\n');
  }

  #listen({ files, folders }: ConfigSources): void {
    const names = new Map<string, Set<string> | null>();
    const add = (path: string): void => {
      const folder = dirname(path);
      const known = names.get(folder);
      if (known === undefined) names.set(folder, new Set([basename(path)]));
      else known?.add(basename(path));
    };
    for (const path of files.keys()) {
      add(path);
      const target = identityOf(path);
      if (target !== path) add(target);
    }
    // Any name may be one that a pattern matches.
    for (const folder of folders.keys()) names.set(folder, null);
    for (const [folder, wanted] of [...names].slice(0, MAX_WATCHED_FOLDERS)) this.#listenTo(folder, wanted);
  }

  /** @param names of the files that matter; `null`: all */
  #listenTo(folder: string, names: ReadonlySet<string> | null): void {
    const onEvent = (_event: string, name: string | null): void => {
      // Kubernetes replaces the link `..data`, through which all files of a volume are reached.
      const matters = name === null || names === null || names.has(name) || name.startsWith('..');
      if (matters) this.#checkWithin(EVENT_DELAY_MS);
    };
    try {
      // Of a folder, not of a file: the watch of a file ends when the file is replaced.
      const watcher = this.#watchFolder(folder, { persistent: false }, onEvent);
      // The folder is gone, or the system reports no more changes. The files are looked at all the same.
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // The folder does not exist, or the system watches no more folders.
    }
  }
}

/** @returns the paths that have another stamp now, with it */
async function differences(stamps: ReadonlyMap<string, string>): Promise<(readonly [string, string])[]> {
  const changed: (readonly [string, string])[] = [];
  const paths = [...stamps.keys()];
  for (let from = 0; from < paths.length; from += BATCH) {
    const batch = paths.slice(from, from + BATCH);
    const now = await Promise.all(batch.map(async (path) => [path, await stampOf(path)] as const));
    changed.push(...now.filter(([path, stamp]) => stamps.get(path) !== stamp));
  }
  return changed;
}

/** @returns the same files as they are now, for the case that nothing of a reading was remembered */
export function asTheyAre({ files, patterns, folders }: ConfigSources): ConfigSources {
  const stamped = (paths: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map(Array.from(paths.keys(), (path) => [path, stampOfSync(path)] as const));
  return {
    files: stamped(files),
    folders: stamped(folders),
    patterns: patterns.map(({ pattern, folder }) => ({
      pattern,
      folder,
      files: tryPattern(pattern, folder),
    })),
  };
}

/** @returns what a pattern matches; only the reason if it cannot be tried, which is a change too */
function tryPattern(pattern: string, folder: string): readonly string[] {
  try {
    return filesMatching(pattern, folder);
  } catch (error) {
    return [error instanceof Error ? error.message : 'unknown error'];
  }
}
