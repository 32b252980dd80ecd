import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';
import { promisify } from 'node:util';
import { undoLater } from './cleanup.mjs';
import { LOAD_CORE, onCore } from './cores.mjs';
import { exchange, pathOf, spawnServer } from './processes.mjs';

const CONNECTIONS = 32;

/** On a busy machine an answer may take long without anything being wrong. */
const MAX_ANSWER_SECONDS = 60;
const run = promisify(execFile);

/**
 * Loads servers from a core of its own: as hard as it can with wrk where that is installed, else with
 * autocannon; at a fixed pace by ourselves, as wrk has none and autocannon sends a second's requests at once.
 */
export class Load {
  #wrk;
  #worker = spawnServer(process.execPath, [pathOf('./load-process.mjs')], { core: LOAD_CORE, ipc: true });

  /** @param quick whether rounds are to be shorter than wrk can make them, which counts in seconds */
  constructor({ quick }) {
    this.#wrk = quick ? null : wrkVersion();
  }

  /** What makes the load at peak, with its version. */
  get generator() {
    return this.#wrk ?? `autocannon ${autocannonVersion()}`;
  }

  /**
   * As many requests as can be had.
   *
   * @param target `port`, `headers`, the `file` that has a request's body a line, and `fresh` as `fresheningOf`
   * takes it
   */
  async peak(target, seconds, offset = 0) {
    return this.#wrk === null
      ? await this.#order({
          ...{ type: 'peak', target, seconds, offset },
          ...{ connections: CONNECTIONS, timeout: MAX_ANSWER_SECONDS },
        })
      : await runWrk(target, seconds, offset);
  }

  /** So many requests a second; milliseconds. */
  async atRate(target, rate, seconds, offset = 0) {
    return await this.#order({ type: 'rate', target, rate, seconds, offset });
  }

  async stop() {
    await this.#worker.stop();
  }

  async #order(message) {
    const { result, error } = await exchange(this.#worker.child, message);
    if (error !== undefined) throw new Error(error);
    return result;
  }
}

async function runWrk({ port, headers, file, fresh }, seconds, offset) {
  const flags = [
    ...['-t1', `-c${CONNECTIONS}`, `-d${Math.max(1, Math.round(seconds))}s`],
    ...['--timeout', `${MAX_ANSWER_SECONDS}s`],
  ];
  const script = ['-s', pathOf('./wrk.lua'), `http://127.0.0.1:${port}/graphql`];
  const freshening = fresh === undefined ? ['', '', ''] : [...fresh.markers, fresh.file];
  const words = [file, String(offset), ...freshening, ...Object.entries(headers).flat()];
  const running = run(...onCore(LOAD_CORE, 'wrk', [...flags, ...script, '--', ...words]));
  const forget = undoLater(() => Promise.resolve(running.child.kill()));
  try {
    const { stdout } = await running;
    return JSON.parse(stdout.trimEnd().split('\n').at(-1));
  } finally {
    await forget();
  }
}

function wrkVersion() {
  const { stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  return /^wrk \S+/.exec(stdout ?? '')?.[0] ?? null;
}

function autocannonVersion() {
  const file = new URL('../../node_modules/autocannon/package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
