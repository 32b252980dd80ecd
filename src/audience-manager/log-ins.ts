import { sleep, type Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';

/** How the attempts to log in with an account stand. */
export interface LogInState {
  /** Number of times that the credentials were rejected in a row. */
  readonly rejections: number;
  /** When the last attempt began or was rejected, in milliseconds since the epoch. */
  readonly lastTryAt: number;
  /** Whether an attempt has begun whose outcome is not known. */
  readonly isTrying: boolean;
  /** What the last rejection said, without secrets; `null` before the first one. */
  readonly message: string | null;
}

/**
 * Counts log-ins for all processes that share it. Accounts are identified by their keys. Any method may reject: then
 * this process counts for itself.
 */
export interface LogInLedger {
  /** @returns `null` if the account was not rejected since its last success, and no attempt has begun */
  read(account: string): Promise<LogInState | null>;
  /** Begins an attempt. @returns `false` if the state is not the expected one */
  claim(account: string, expected: LogInState | null, now: number): Promise<boolean>;
  /** Counts a rejection, and ends the attempt. */
  reject(account: string, now: number, message: string): Promise<void>;
  /** Forgets the account, after a success. */
  clear(account: string): Promise<void>;
}

/** Credentials that are not tried now, because they were rejected. */
export interface LogInPause {
  readonly rejections: number;
  /** When they may be tried again, in milliseconds since the epoch. */
  readonly until: number;
  /** When to ask again whether they may be tried; another process may find out earlier that they work. */
  readonly retryAfterMs: number;
  /** What the last rejection said. */
  readonly message: string;
}

/** Whether an attempt has begun. `hasWaited`: another process tried meanwhile, and may have shared its token. */
export type LogInDecision =
  { readonly pause: LogInPause } | { readonly pause: null; readonly hasWaited: boolean };

export interface LogInsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: this process counts for itself. */
  readonly ledger?: LogInLedger | undefined;
}

const MINUTE_MS = 60_000;

/** Pause after the first, the second and every further rejection. Accounts are locked after five failed log-ins. */
const PAUSES_MS = [MINUTE_MS, 10 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;

/** After that many rejections, somebody may ask for one more try; for further ones after the first two pauses. */
const MAX_UNASKED_TRIES = 3;

/** The outcome of an attempt is not waited for any longer: its process has died. */
const LAPSED_AFTER_MS = MINUTE_MS;

/** The same where nothing was rejected yet, so that a gateway that was killed while it logged in is soon back. */
const UNREJECTED_LAPSED_AFTER_MS = 5_000;

/** Pause between two looks at the attempt of another process. */
const POLL_MS = 250;

/** Maximum of `retryAfterMs`. */
const MAX_RETRY_AFTER_MS = 10 * MINUTE_MS;

/** A request for one more try that was not used by then was meant for something else. */
const REQUEST_VALID_MS = MINUTE_MS;

interface Entry {
  /** What this process knows by itself; of use while the ledger does not answer. */
  known: LogInState | null;
  /** Whether `known` counts a rejection that the ledger does not. */
  isAhead: boolean;
  /** The attempt of this process that is under way, or ended without an answer about the credentials. */
  claim: { readonly at: number; readonly before: LogInState | null } | null;
  /** When somebody asked for one more try, by `elapsed()`; `null`: nobody did. */
  requestedAt: number | null;
  /** A `lastTryAt` in the future, from a clock that was wrong, and when it was first seen. */
  ahead: { readonly lastTryAt: number; readonly seenAt: number } | null;
}

/**
 * Decides when credentials may be tried: at once, one minute and ten minutes after a rejection, and then once a day, or
 * when somebody asks for it. Of several processes with one ledger, one tries at a time.
 */
export class LogIns {
  readonly #options: LogInsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: LogInsOptions) {
    this.#options = options;
  }

  /**
   * Begins an attempt, which has to be ended with `succeeded`, `rejected` or `unanswered`. Waits while another process
   * tries. Only one attempt per account may be under way in this process.
   */
  async begin(account: string): Promise<LogInDecision> {
    const { clock } = this.#options;
    const entry = this.#entry(account);
    for (let hasWaited = false; ; hasWaited = true) {
      const { stored, state, isAnswered } = await this.#read(account, entry);
      const now = clock.now();
      const isOwn = entry.claim !== null && entry.claim.at === state?.lastTryAt;
      if (state !== null && !isOwn && isUnderWay(state, now)) {
        await sleep(clock, POLL_MS);
        continue;
      }
      const before = isOwn ? (entry.claim?.before ?? null) : state;
      const pause = this.#pause(entry, before, now);
      if (pause !== null && !this.#isRequested(entry, before, now)) return { pause };
      // Without an answer, nobody else can be asked either.
      const isClaimed = isAnswered ? await this.#claim(account, stored, now) : true;
      if (!isClaimed) {
        await sleep(clock, POLL_MS);
        continue;
      }
      entry.requestedAt = null;
      entry.claim = { at: now, before };
      return { pause: null, hasWaited };
    }
  }

  /** Ends an attempt: the credentials were accepted. */
  async succeeded(account: string): Promise<void> {
    this.#entries.delete(account);
    await this.#tell((ledger) => ledger.clear(account));
  }

  /** Ends an attempt: the credentials were rejected. @param message what the answer said, without secrets */
  async rejected(account: string, message: string): Promise<LogInPause> {
    const now = this.#options.clock.now();
    const entry = this.#entry(account);
    const rejections = (entry.claim?.before?.rejections ?? 0) + 1;
    const known = { rejections, lastTryAt: now, isTrying: false, message };
    entry.known = known;
    entry.claim = null;
    const isStored = await this.#tell((ledger) => ledger.reject(account, now, message));
    if (!isStored) entry.isAhead = true;
    return pauseOf(known, now, now + pauseAfter(rejections));
  }

  /** Ends an attempt: nothing was found out about the credentials. */
  async unanswered(account: string): Promise<void> {
    const entry = this.#entry(account);
    // With earlier rejections the claim stays, so that they stay counted. It lapses; this process may renew it.
    if ((entry.claim?.before?.rejections ?? 0) > 0) return;
    this.#entries.delete(account);
    await this.#tell((ledger) => ledger.clear(account));
  }

  /** Allows one more try now, although the credentials were rejected three times. */
  allowOne(account: string): void {
    this.#entry(account).requestedAt = this.#options.clock.elapsed();
  }

  /** Forgets what this process knows of all other accounts. */
  retain(accounts: ReadonlySet<string>): void {
    for (const account of this.#entries.keys()) if (!accounts.has(account)) this.#entries.delete(account);
  }

  #entry(account: string): Entry {
    let entry = this.#entries.get(account);
    if (entry === undefined) {
      entry = { known: null, isAhead: false, claim: null, requestedAt: null, ahead: null };
      this.#entries.set(account, entry);
    }
    return entry;
  }

  async #read(
    account: string,
    entry: Entry,
  ): Promise<{ stored: LogInState | null; state: LogInState | null; isAnswered: boolean }> {
    const { ledger } = this.#options;
    try {
      if (ledger === undefined) return { stored: null, state: entry.known, isAnswered: false };
      const stored = await ledger.read(account);
      const state = entry.isAhead ? latest(stored, entry.known) : stored;
      if (!entry.isAhead) entry.known = stored;
      return { stored, state, isAnswered: true };
    } catch (error) {
      this.#logFailure(error);
      // An attempt of another process may be over by now, which nobody can tell.
      const known = entry.known === null ? null : { ...entry.known, isTrying: false };
      return { stored: null, state: known, isAnswered: false };
    }
  }

  async #claim(account: string, stored: LogInState | null, now: number): Promise<boolean> {
    try {
      return (await this.#options.ledger?.claim(account, stored, now)) ?? true;
    } catch (error) {
      this.#logFailure(error);
      return true;
    }
  }

  /** @returns whether the ledger was told */
  async #tell(what: (ledger: LogInLedger) => Promise<void>): Promise<boolean> {
    const { ledger } = this.#options;
    try {
      if (ledger !== undefined) await what(ledger);
      return true;
    } catch (error) {
      this.#logFailure(error);
      return false;
    }
  }

  #logFailure(error: unknown): void {
    this.#options.logger.debug(
      { err: error },
      'the storage does not respond: this process counts log-ins by itself',
    );
  }

  /** @returns `null` if the credentials may be tried now */
  #pause(entry: Entry, state: LogInState | null, now: number): LogInPause | null {
    if (state === null || state.rejections === 0) return null;
    const full = pauseAfter(state.rejections);
    // Nobody knows what came of an attempt whose process has died; it does not count as rejected.
    const pauseMs = state.isTrying ? Math.min(full, PAUSES_MS[1]) : full;
    const until = this.#lastTry(entry, state, now) + pauseMs;
    return now < until ? pauseOf(state, now, until) : null;
  }

  /** The time of the last try; of one in the future, when it was first seen, so that no wrong clock blocks for years. */
  #lastTry(entry: Entry, { lastTryAt }: LogInState, now: number): number {
    if (lastTryAt <= now + MINUTE_MS) return lastTryAt;
    if (entry.ahead?.lastTryAt !== lastTryAt) entry.ahead = { lastTryAt, seenAt: now };
    return Math.min(entry.ahead.seenAt, now);
  }

  /** Whether somebody asked for a try, and may have it: requests do not lock the account either. */
  #isRequested(entry: Entry, state: LogInState | null, now: number): boolean {
    const { requestedAt } = entry;
    if (requestedAt === null || state === null || state.rejections < MAX_UNASKED_TRIES) return false;
    if (this.#options.clock.elapsed() - requestedAt >= REQUEST_VALID_MS) return false;
    const asked = state.rejections - MAX_UNASKED_TRIES;
    const pauseMs = pauseAfter(Math.min(asked, 2));
    return now - this.#lastTry(entry, state, now) >= pauseMs;
  }
}

function isUnderWay({ isTrying, lastTryAt, rejections }: LogInState, now: number): boolean {
  const lapsedAfterMs = rejections === 0 ? UNREJECTED_LAPSED_AFTER_MS : LAPSED_AFTER_MS;
  return isTrying && Math.abs(now - lastTryAt) < lapsedAfterMs;
}

function pauseAfter(rejections: number): number {
  return PAUSES_MS[Math.min(rejections, PAUSES_MS.length) - 1] ?? 0;
}

function pauseOf({ rejections, message }: LogInState, now: number, until: number): LogInPause {
  return {
    rejections,
    until,
    retryAfterMs: Math.min(until - now, MAX_RETRY_AFTER_MS),
    message: message ?? 'Audience Manager rejected the credentials.',
  };
}

/** What is known from both: the larger count, the later try. */
function latest(stored: LogInState | null, known: LogInState | null): LogInState | null {
  if (stored === null || known === null) return stored ?? known;
  return {
    rejections: Math.max(stored.rejections, known.rejections),
    lastTryAt: Math.max(stored.lastTryAt, known.lastTryAt),
    isTrying: stored.isTrying,
    message: known.message ?? stored.message,
  };
}
