import { execFileSync } from 'node:child_process';

/**
 * Builds what is older than its sources: some tests start the built program as a process, or open the built pages in a
 * browser.
 */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
