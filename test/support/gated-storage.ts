import { StorageError, type Storage } from '../../src/storage/index.js';
import type { Gate } from './directory.js';

/** Wraps a real storage so that a test can make single methods fail or hold them back. */
export class GatedStorage {
  readonly #refused = new Map<PropertyKey, StorageError['code']>();
  readonly #calls = new Map<PropertyKey, number>();
  readonly #held = new Map<PropertyKey, { arrive: () => void; until: Promise<void>; isMade: boolean }>();

  /** Pass this as `wrap` to `startDirectory`. */
  readonly wrap = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (_, name) => {
        const value: unknown = Reflect.get(storage, name, storage);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          this.#calls.set(name, this.callsOf(name as keyof Storage) + 1);
          const call = (): unknown => Reflect.apply(value, storage, args);
          const code = this.#refused.get(name);
          if (code !== undefined) {
            // It never rejects.
            if (name === 'ping') return Promise.resolve(false);
            return Promise.reject(new StorageError(code, 'The storage refuses this call.'));
          }
          const held = this.#held.get(name);
          if (held === undefined) return call();
          if (!held.isMade) {
            held.arrive();
            return held.until.then(call);
          }
          this.#held.delete(name);
          return (call() as Promise<unknown>).then((result) => {
            held.arrive();
            return held.until.then(() => result);
          });
        };
      },
    });

  /** Number of calls of a method so far, refused and held ones included. */
  callsOf(method: keyof Storage): number {
    return this.#calls.get(method) ?? 0;
  }

  /** Makes all calls of a method fail: by default with `UNAVAILABLE`, as on a full disk. */
  refuse(method: keyof Storage, code: StorageError['code'] = 'UNAVAILABLE'): void {
    this.#refused.set(method, code);
  }

  /** Ends the effect of `refuse`. */
  allow(method: keyof Storage): void {
    this.#refused.delete(method);
  }

  /** Holds back all calls of a method until the gate is opened. */
  hold(method: keyof Storage): Gate {
    return this.#hold(method, false);
  }

  /** Holds back the result of the next call of a method, which may be out of date when the gate is opened. */
  holdResult(method: keyof Storage): Gate {
    return this.#hold(method, true);
  }

  #hold(method: keyof Storage, isMade: boolean): Gate {
    let open = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    const arrival = new Promise<void>((arrive) => {
      this.#held.set(method, { arrive, until, isMade });
    });
    return {
      arrival,
      open: () => {
        this.#held.delete(method);
        open();
      },
    };
  }
}
