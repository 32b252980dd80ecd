import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';

/** The server that is measured has a core to itself; what loads it has another. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const works = (core) => spawnSync('taskset', ['-c', String(core), 'true']).status === 0;

/** Whether processes can be kept to a core: there is `taskset`, and both cores are ours. */
export const canPin = works(SERVER_CORE) && works(LOAD_CORE);

/** The command line that keeps a program to a core; `null`, or where that cannot be: to none. */
export function onCore(core, program, words) {
  return core === null || !canPin ? [program, words] : ['taskset', ['-c', String(core), program, ...words]];
}

/** Keeps this process to a core. @returns what undoes that */
export function stayOn(core) {
  if (!canPin) return () => undefined;
  const move = (cores) => spawnSync('taskset', ['-acp', cores, String(process.pid)]);
  const all = `0-${availableParallelism() - 1}`;
  move(String(core));
  return () => move(all);
}
