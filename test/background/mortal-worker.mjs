/** The background worker as built, except that it dies of a path or body that says EXIT or THROW. */
import process from 'node:process';
import { parentPort } from 'node:worker_threads';

// Registered before the worker's own listener, so that such a request is never answered.
parentPort.addEventListener('message', (event) => {
  const { type, request } = event.data;
  if (type !== 'fetchPage') return;
  if (request.url.endsWith('/EXIT')) process.exit(1);
  if (!request.url.endsWith('/THROW')) return;
  event.stopImmediatePropagation();
  // Ends the thread with a message, as running out of memory does.
  throw new Error('out of something');
});

const { parse } = JSON;
JSON.parse = (text, ...others) => {
  if (text === 'EXIT') process.exit(1);
  return parse(text, ...others);
};

await import('../../dist/background/worker.js');
