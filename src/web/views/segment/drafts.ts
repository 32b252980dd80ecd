import { useMemo } from 'preact/hooks';
import { useApp, type AppParts } from '../../app/app-context.js';
import type { Draft } from './correction.js';
import type { SegmentData } from './segment-data.js';

/** A correction that was begun. */
export interface BegunCorrection {
  /** The segment as it was then; `null`: its ID was not known. */
  readonly segment: SegmentData | null;
  /** What is typed. */
  readonly draft: Draft;
}

/**
 * The corrections that were begun and neither saved nor cancelled, by the key of their segment. Meanwhile, the browser asks
 * before it closes or reloads the page.
 */
export class Drafts {
  readonly #begun = new Map<string, BegunCorrection>();

  get(key: string): BegunCorrection | null {
    return this.#begun.get(key) ?? null;
  }

  keep(key: string, begun: BegunCorrection): void {
    this.#begun.set(key, begun);
    addEventListener('beforeunload', askBefore);
  }

  forget(key: string): void {
    this.#begun.delete(key);
    if (this.#begun.size === 0) removeEventListener('beforeunload', askBefore);
  }

  forgetAll(): void {
    for (const key of [...this.#begun.keys()]) this.forget(key);
  }
}

function askBefore(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Kept while other views are looked at. */
const known = new WeakMap<AppParts, Drafts>();

/** The corrections that were begun by the person who is signed in. */
export function useDrafts(): Drafts {
  const app = useApp();
  return useMemo(() => {
    const drafts = known.get(app) ?? new Drafts();
    if (known.has(app)) return drafts;
    known.set(app, drafts);
    // What one person has typed is not shown to the next.
    let owner = app.session.state.value.viewer?.name;
    app.session.state.subscribe(() => {
      const name = app.session.state.value.viewer?.name;
      if (name !== owner) drafts.forgetAll();
      owner = name;
    });
    return drafts;
  }, [app]);
}
