import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, type Exit } from '../support/command.js';
import type { FurtherConfig } from '../support/gateway.js';
import { Canaries } from './canaries.js';
import { createAccess, createAccounts, type GuardedAccess } from './guarded-gateway.js';

/** Ways to go wrong that a process is started with: see `preload/fault.mjs`. */
export type ProcessFault = 'exception' | 'rejection' | 'oddity' | 'stopwatch' | 'clock' | 'threads';

const FAULT_TEXT = 'fault.txt';

/** What the configuration takes secrets from, and the test. */
const SECRET_FILES = /(-secret|-password|\.key|fault\.txt)$/;

/** The contents of everything in a folder, by path. */
export async function filesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found[path] = entry.isFile() ? await readFile(path, 'latin1') : '';
  }
  return found;
}

/**
 * A folder with a configuration whose every secret is a canary, from an environment variable or a file, and the
 * program run in it as a process of its own.
 */
export class GuardedPlace {
  readonly canaries: Canaries;
  readonly simulator: AudienceManagerSimulator;
  readonly access: GuardedAccess;
  readonly folder: TemporaryFolder;
  readonly env: Record<string, string>;
  /** Of the configuration. */
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

  /** It is gone when the test ends. `more` are further sections of the configuration. */
  static async create(more: FurtherConfig = {}): Promise<GuardedPlace> {
    const canaries = new Canaries();
    const folder = await TemporaryFolder.create();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const accounts = createAccounts(canaries);
    const simulator = await AudienceManagerSimulator.start({
      customers: accounts.simulated,
      partner: accounts.partner,
    });
    onTestFinished(() => simulator.stop());
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

  /** Starts the program in the folder. */
  start(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
    const command = new RunningCommand(args, { ...this.env, ...env }, this.folder.path);
    this.#commands.push(command);
    onTestFinished(() => command[Symbol.asyncDispose]());
    return command;
  }

  /** Runs it to its end. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Exit & { output: string }> {
    const command = this.start(args, env);
    const exit = await command.exit;
    return { ...exit, output: `${command.stdout}\n${command.stderr}` };
  }

  /** What has the program go wrong; its errors hold every secret that it has. What callers send it does not keep. */
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

  /** Sends a request and remembers the whole answer. */
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

  /** Every canary that came out of the processes, or that is in a file which they have left. */
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

  /** Tokens that were issued meanwhile are canaries, too. */
  #learnTokens(): void {
    for (const customer of ['acme', 'globex']) {
      for (const token of this.simulator.tokensIssued(customer)) {
        this.canaries.add(`a token of ${customer}`, token);
      }
    }
  }
}
