import { EventEmitter } from 'node:events';
import { Channel, type Handlers } from '../../../src/commands/workers/channel.js';
import { SharedState } from '../../../src/commands/workers/shared-state.js';
import type {
  PrimaryChannel,
  WorkerChannel,
  WorkerRequests,
  WorkerStart,
} from '../../../src/commands/workers/protocol.js';
import { WorkerSession } from '../../../src/commands/workers/worker-session.js';
import { parseConfig, type Config } from '../../../src/config/index.js';
import type { Clock } from '../../../src/base/clock.js';
import type { PauseReason } from '../../../src/audience-manager/host.js';
import { silent } from '../../storage/support.js';

/** Two ends that are connected: what one sends, the other gets in a later turn, as between processes. */
export function connected(): [End, End] {
  const [a, b] = [new End(), new End()];
  a.other = b;
  b.other = a;
  return [a, b];
}

class End extends EventEmitter {
  other: EventEmitter | null = null;

  send(message: unknown, callback: (error: Error | null) => void): boolean {
    const copy = structuredClone(message);
    setImmediate(() => {
      callback(null);
      this.other?.emit('message', copy);
    });
    return true;
  }
}

/** The configuration of a gateway with one customer, and with these keys. */
export function configWith(text: string): Config {
  return parseConfig(`${text}\ncustomers: [{ id: acme }]\n`, { file: '/tmp/gateway.yaml', env: {} });
}

/** What the workers of a gateway have in common, with these limits. */
export function sharedStateWith(clock: Clock, text: string): SharedState {
  return new SharedState({ config: configWith(text), clock, random: () => 1, logger: silent() });
}

/** A worker of the shared. `end` is what happens when its process ends. */
export function workerOf(
  shared: SharedState,
  paused: PauseReason[] = [],
): { readonly channel: PrimaryChannel; readonly end: () => void } {
  const [theirs, ours] = connected();
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  const session = new WorkerSession({
    shared,
    begin: (): WorkerStart => unused(),
    onReady: unused,
    onEnding: unused,
    onCommitted: unused,
    onWanted: unused,
    onPaused: (reason) => paused.push(reason),
    writeMetrics: unused,
  });
  const atPrimary: WorkerChannel = new Channel(ours, session.handlers);
  const handlers: Handlers<WorkerRequests> = {
    stop: unused,
    reload: unused,
    notReloaded: unused,
    committed: unused,
    wanted: unused,
    ping: unused,
    paused: unused,
    metrics: unused,
  };
  return {
    channel: new Channel(theirs, handlers),
    end: () => {
      session.release();
      atPrimary.close();
    },
  };
}
