import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { closeUntakenConnections } from '../../../src/commands/workers/untaken-connections.js';

it('closes the connections that a worker did not take before it ended, and no others', () => {
  const sent: unknown[] = [];
  const worker = Object.assign(new EventEmitter(), {
    send: (...message: unknown[]) => {
      sent.push(message);
      return true;
    },
  });
  closeUntakenConnections(worker as unknown as ChildProcess);
  const closed: string[] = [];
  const handle = (name: string) => ({ close: () => closed.push(name) });
  const [taken, untaken] = [handle('taken'), handle('untaken')];
  worker.send({ act: 'newconn' }, taken);
  worker.send({ act: 'newconn' }, untaken);
  worker.send({ ask: 'stop' });
  expect(sent).toHaveLength(3);
  // As Node.js does when the worker has said that it has the connection.
  taken.close();
  worker.emit('close', null, 'SIGKILL');
  expect(closed).toEqual(['taken', 'untaken']);
});
