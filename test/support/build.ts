import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of commands run what is built, so it must not be older than the sources. */
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
