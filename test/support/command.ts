import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program as a process of its own: `node dist/main.js …`. */
export class RunningCommand implements AsyncDisposable {
  readonly exit: Promise<Exit>;
  readonly #process: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly #waiters = new Set<() => void>();

  constructor(args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
    const environment = { ...process.env, ...env };
    delete environment['GATEWAY_CONFIG'];
    this.#process = spawn(process.execPath, [join(process.cwd(), 'dist/main.js'), ...args], {
      env: { ...environment, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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

  /** The first match in what it prints, as soon as it is there. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (this.#process.exitCode !== null) {
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exit;
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Exit & { stdout: string; stderr: string }> {
  const command = new RunningCommand(args, env, cwd);
  const exit = await command.exit;
  return { ...exit, stdout: command.stdout, stderr: command.stderr };
}

/** A folder that goes when the test is over. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'aam-gateway-test-')));
  }

  /** Writes a file and answers with its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
