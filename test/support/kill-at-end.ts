import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

/** Kills a process with this one, so that a test that hangs, or is stopped, leaves none behind. */
export function killAtEnd(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', killAll);
// Vitest ends a worker that hangs like this. Then Node.js calls nothing at its exit.
process.once('SIGTERM', () => {
  killAll();
  process.kill(process.pid, 'SIGTERM');
});
