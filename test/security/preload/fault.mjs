/**
 * Loaded into a process of the program before everything else: makes it go wrong in ways that nothing has foreseen,
 * with errors that hold whatever the test has written into a file.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setImmediate } from 'node:timers';
import threads, { isMainThread } from 'node:worker_threads';

const { FAULT: fault, FAULT_TEXT: file = '' } = process.env;

function unforeseen() {
  const text = readFileSync(file, 'utf8');
  return Object.assign(new Error(text, { cause: new Error(text) }), { text, config: { password: text } });
}

const faults = {
  /** At SIGUSR2, an exception that nobody catches. */
  exception: () => {
    const fail = () => {
      throw unforeseen();
    };
    process.on('SIGUSR2', () => setImmediate(fail));
  },
  /** At SIGUSR2, a rejection that nobody looks at. */
  rejection: () => process.on('SIGUSR2', () => void Promise.reject(unforeseen())),
  /** The same with something that is no error. */
  oddity: () => process.on('SIGUSR2', () => void Promise.reject(unforeseen().text)),
  /** Nothing can be timed. */
  stopwatch: () => {
    performance.now = () => {
      throw unforeseen();
    };
  },
  /** The program's own clock does not tell the time. */
  clock: () => {
    const { now } = Date;
    Date.now = () => {
      if (new Error().stack?.includes('/dist/clock.js')) throw unforeseen();
      return now();
    };
  },
  /** Prints the environment that threads have. */
  threads: () => {
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(url, options) {
        const script = `
          process.stderr.write('THREAD ' + JSON.stringify(process.env) + '\\n');
          await import(${JSON.stringify(url.href)});`;
        super(new globalThis.URL(`data:text/javascript,${encodeURIComponent(script)}`), options);
      }
    };
    syncBuiltinESMExports();
  },
};

if (isMainThread && fault !== undefined) faults[fault]();
