import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Builds `dist/` if it is older than `src/`: some tests start the built program as a process. */
export default function build(): void {
  const built = 'dist/main.js';
  const newest = Math.max(
    ...readdirSync('src', { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(join('src', file)).mtimeMs,
    ),
  );
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
