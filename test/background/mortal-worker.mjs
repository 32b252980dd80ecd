/** The thread as it has been built, but for bodies by which it dies. */
import process from 'node:process';
import { TextDecoder } from 'node:util';
import { parentPort } from 'node:worker_threads';

// Before the thread's own listener, so that nothing is answered.
parentPort.addEventListener('message', (event) => {
  const { type, body } = event.data;
  const text = type === 'parse' ? new TextDecoder().decode(body) : '';
  if (text === 'EXIT') process.exit(1);
  if (text !== 'THROW') return;
  event.stopImmediatePropagation();
  // As running out of memory does, this ends the thread with a message.
  throw new Error('out of something');
});

await import('../../dist/background/worker.js');
