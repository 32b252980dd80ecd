/**
 * Loaded into a process of the program before its own modules: makes it fail in unforeseen ways, with errors that
 * contain whatever the test has written into a file. FAULT names the fault, FAULT_TEXT the file.
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
  /** SIGUSR2 throws an uncaught exception. */
  exception: () => {
    const fail = () => {
      throw unforeseen();
    };
    process.on('SIGUSR2', () => setImmediate(fail));
  },
  /** SIGUSR2 causes an unhandled rejection. */
  rejection: () => process.on('SIGUSR2', () => void Promise.reject(unforeseen())),
  /** SIGUSR2 causes an unhandled rejection with a string. */
  oddity: () => process.on('SIGUSR2', () => void Promise.reject(unforeseen().text)),
  /** `performance.now` throws. */
  stopwatch: () => {
    performance.now = () => {
      throw unforeseen();
    };
  },
  /** The program's clock throws. */
  clock: () => {
    const { now } = Date;
    Date.now = () => {
      if (/at Object\.now \(.*\/dist\//.test(new Error().stack ?? '')) throw unforeseen();
      return now();
    };
  },
  /** Prints the environment of each worker thread. */
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
