import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAtEnd } from './kill-at-end.js';

/** Exit code and signal of an ended process. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built program, `node dist/main.js …`, as a separate process. Killed when disposed of. */
export class RunningCommand implements AsyncDisposable {
  readonly exit: Promise<Exit>;
  readonly #process: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly #waiters = new Set<() => void>();

  /** @param program path of a copy of the built program; default: `dist/main.js` */
  constructor(
    args: readonly string[],
    env: Record<string, string> = {},
    cwd?: string,
    program = join(process.cwd(), 'dist/main.js'),
  ) {
    // Vitest sets NODE_ENV to `test`; users do not, and GraphQL.js is slower then.
    const { GATEWAY_CONFIG: _config, NODE_ENV: _mode, ...inherited } = process.env;
    this.#process = spawn(process.execPath, [program, ...args], {
      env: { ...inherited, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    killAtEnd(this.#process);
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.exit = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        resolve({ code, signal });
        this.#wake();
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Closes the pipe of standard output, as a reader does that goes away. */
  closeOutput(): void {
    this.#process.stdout?.destroy();
  }

  /** Waits until the output matches. @throws if the process ends before */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        throw new Error(`ended without printing ${String(pattern)}:\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake);
          resolve();
        };
        this.#waiters.add(wake);
      });
    }
  }

  /** The URL of its GraphQL endpoint, as soon as `serve` listens. @throws if the process ends before */
  async url(): Promise<string> {
    return (await this.prints(/"url":"([^"]+)"/))[1] ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exit;
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}

/** Runs the built program and waits until it exits. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Exit & { stdout: string; stderr: string }> {
  const command = new RunningCommand(args, env, cwd);
  const exit = await command.exit;
  return { ...exit, stdout: command.stdout, stderr: command.stderr };
}

/** A temporary folder, deleted when disposed of. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'aam-gateway-test-')));
  }

  /** Path of a file in the folder, whether it exists or not. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = this.pathOf(name);
    await writeFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A process that was killed may have others that still write for a moment.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
