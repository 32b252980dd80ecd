import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, type Exit } from '../support/command.js';
import type { FurtherConfig } from '../support/gateway.js';
import { Canaries } from './canaries.js';
import { createAccess, createAccounts, type GuardedAccess } from './guarded-gateway.js';

/** Faults that a process can be started with: see `preload/fault.mjs`. */
export type ProcessFault = 'exception' | 'rejection' | 'oddity' | 'stopwatch' | 'clock' | 'threads';

const FAULT_TEXT = 'fault.txt';

/** Files that the test has written secrets into. */
const SECRET_FILES = /(-secret|-password|\.key|fault\.txt)$/;

/** Contents of all files below a folder, by path. */
export async function filesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found[path] = entry.isFile() ? await readFile(path, 'latin1') : '';
  }
  return found;
}

/**
 * A folder with a configuration file whose secrets are canaries, read from environment variables and files, in which
 * the program runs as a process.
 */
export class GuardedPlace implements AsyncDisposable {
  readonly canaries: Canaries;
  readonly simulator: AudienceManagerSimulator;
  readonly access: GuardedAccess;
  readonly folder: TemporaryFolder;
  readonly env: Record<string, string>;
  /** Secrets of the configuration. */
  readonly #secrets: readonly string[];
  readonly #answers: string[] = [];
  readonly #commands: RunningCommand[] = [];

  private constructor(
    canaries: Canaries,
    simulator: AudienceManagerSimulator,
    access: GuardedAccess,
    folder: TemporaryFolder,
    env: Record<string, string>,
    secrets: readonly string[],
  ) {
    this.canaries = canaries;
    this.simulator = simulator;
    this.access = access;
    this.folder = folder;
    this.env = env;
    this.#secrets = secrets;
  }

  /** `more` are further sections of the configuration. */
  static async create(more: FurtherConfig = {}): Promise<GuardedPlace> {
    const canaries = new Canaries();
    const folder = await TemporaryFolder.create();
    const accounts = createAccounts(canaries);
    const simulator = await AudienceManagerSimulator.start({
      customers: accounts.simulated,
      partner: accounts.partner,
    });
    const access = await createAccess(canaries, folder, Date.now());
    const [acme, globex] = accounts.simulated;
    if (acme?.type !== 'password' || globex?.type !== 'server-to-server') throw new Error('other accounts');
    const env = {
      ACME_PASSWORD: acme.password,
      PARTNER_SECRET: accounts.partner.clientSecret,
      STORAGE_KEY: canaries.awkward('the encryption key'),
    };
    await folder.write('globex-secret', `${globex.clientSecret}\n`);
    await folder.write(
      'gateway.yaml',
      stringify({
        outbound: more['outbound'] ?? {},
        listen: { port: 0, ...more['listen'] },
        access: access.access,
        audienceManager: {
          password: {
            baseUrl: simulator.baseUrl,
            tokenUrl: simulator.passwordTokenUrl,
            clientId: accounts.partner.clientId,
            clientSecret: '${env:PARTNER_SECRET}',
          },
          serverToServer: { baseUrl: simulator.baseUrl, tokenUrl: simulator.serverToServerTokenUrl },
          retries: 0,
        },
        storage: { encryptionKey: '${env:STORAGE_KEY}', ...(more['storage'] ?? { sqlite: 'gateway.db' }) },
        customers: [
          {
            id: 'acme',
            credentials: { type: 'password', username: acme.username, password: '${env:ACME_PASSWORD}' },
            destinations: [{ id: 314 }],
          },
          {
            id: 'globex',
            credentials: {
              type: 'server-to-server',
              clientId: globex.clientId,
              clientSecret: '${file:globex-secret}',
              orgId: globex.orgId,
            },
            destinations: [{ id: 566 }],
          },
        ],
      }),
    );
    const basic = Buffer.from(`${accounts.partner.clientId}:${accounts.partner.clientSecret}`).toString(
      'base64',
    );
    const secrets = [...Object.values(env), globex.clientSecret, basic];
    return new GuardedPlace(canaries, simulator, access, folder, env, secrets);
  }

  /** Starts the program in the folder; it is killed when the place is disposed of. */
  start(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
    const command = new RunningCommand(args, { ...this.env, ...env }, this.folder.path);
    this.#commands.push(command);
    return command;
  }

  /** Runs the program in the folder until it exits. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Exit & { output: string }> {
    const command = this.start(args, env);
    const exit = await command.exit;
    return { ...exit, output: `${command.stdout}\n${command.stderr}` };
  }

  /**
   * Environment that makes the program fail with errors that contain all its secrets and tokens, and `more`. Calling
   * this again updates the secrets of a running program.
   */
  async faulty(
    fault: ProcessFault,
    options = '',
    more: readonly string[] = [],
  ): Promise<Record<string, string>> {
    const tokens = ['acme', 'globex'].flatMap((customer) => this.simulator.tokensIssued(customer));
    const file = await this.folder.write(FAULT_TEXT, [...this.#secrets, ...tokens, ...more].join('\n'));
    const preload = pathToFileURL(join(import.meta.dirname, 'preload', 'fault.mjs'));
    return { NODE_OPTIONS: `--import ${preload.href} ${options}`, FAULT: fault, FAULT_TEXT: file };
  }

  /** Sends a request and keeps the whole response for {@link escaped}. */
  async send(url: string, headers: Record<string, string>, body?: string): Promise<string> {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    this.#answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`);
    return text;
  }

  /** All canaries in the output of the processes, in their responses, and in files that they have written. */
  async escaped(): Promise<string[]> {
    this.#learnTokens();
    const files = Object.entries(await filesIn(this.folder.path)).filter(
      ([path]) => !SECRET_FILES.test(path),
    );
    return this.canaries.foundIn({
      ...Object.fromEntries(files),
      ...Object.fromEntries(
        this.#commands.flatMap(({ stdout, stderr }, index) => [
          [`standard output ${index}`, stdout],
          [`standard error ${index}`, stderr],
        ]),
      ),
      'the answers': this.#answers.join('\n'),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#commands.map((command) => command[Symbol.asyncDispose]()));
    await this.simulator.stop();
    await this.folder[Symbol.asyncDispose]();
  }

  /** Adds the access tokens that the simulator has issued to the canaries. */
  #learnTokens(): void {
    for (const customer of ['acme', 'globex']) {
      for (const token of this.simulator.tokensIssued(customer)) {
        this.canaries.add(`a token of ${customer}`, token);
      }
    }
  }
}
