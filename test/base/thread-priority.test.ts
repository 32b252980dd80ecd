import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';

const SCRIPT = `
  import { getPriority } from 'node:os';
  import { lowerThreadPriority } from './build/base/thread-session.js';
  lowerThreadPriority();
  console.log(getPriority());
`;

/** The nice value of a thread that lowers its priority, in a program that is so much nicer than this one. */
function nicenessIn(niceness: number): number {
  const args = ['-n', String(niceness), process.execPath, '--input-type=module', '--eval', SCRIPT];
  return Number(execFileSync('nice', args, { encoding: 'utf8' }));
}

it.runIf(process.platform === 'linux')(
  'a helper thread has a low priority, but never a higher one than its program: not every user may raise it',
  () => {
    expect(nicenessIn(0)).toBe(Math.max(5, getPriority()));
    expect(nicenessIn(10)).toBe(Math.min(19, getPriority() + 10));
  },
);
