import type { Turns } from './semaphore.js';
import type { DestinationVersion } from './version.js';

/** What the processes of one gateway share that serve from the same SQLite file. */
export interface SharedFile {
  /** Whether this process does what is to be done in the background from time to time. */
  readonly keepsHouse: boolean;
  /** Of the process that keeps the file for the gateway. */
  readonly token: string;
  /** Which file it is, see `identityOf`: one that joins later must not begin another one. */
  readonly identity: string | null;
  /**
   * The turns to write, of all processes. SQLite alone would have a thread wait, which reads names as well, and would not
   * say for how long, nor whose turn is next.
   */
  readonly writers: Turns;
  /** Tells the other processes what was committed. */
  announce(version: DestinationVersion): void;
  /** Has the listener called with what other processes have committed. */
  onAnnounced(listener: (version: DestinationVersion) => void): void;
}
