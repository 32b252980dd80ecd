import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration } from '../config/index.js';
import {
  sendMessage,
  type AudienceManagerSimulator,
  type MessageSignature,
  type SimulatorCustomer,
  type SyncMode,
} from '../simulator/index.js';
import { CommandError } from './command-error.js';

/** Flags of `aam-gateway simulate` for what a partner receives. */
export interface OutboundFlags {
  /** A folder that files are written to. */
  readonly deliver?: string;
  /** A URL that messages are sent to. */
  readonly send?: string;
  /** Only for destinations with this ID. */
  readonly destination?: string;
  /** A duration such as `30s`. Default: once. */
  readonly every?: string;
  readonly signatureHeader?: string;
  readonly signatureAlgorithm?: 'sha1' | 'sha256';
  readonly signatureSecretFile?: string;
  /** `name: value`, such as an API key. */
  readonly header?: readonly string[];
}

/** The environment variable with the secret that messages are signed with. */
const SECRET_VARIABLE = 'AAM_SIGNATURE_SECRET';
const DEFAULT_ALGORITHM = 'sha256';
const DAY_MS = 86_400_000;
const MAX_EVERY_MS = DAY_MS;

/** A destination that receives files and messages. */
interface Receiver {
  readonly customer: string;
  readonly destinationId: number;
}

/** What is sent, and where to. */
export interface OutboundPlan {
  readonly receivers: readonly Receiver[];
  readonly folder: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: MessageSignature | null;
  /** In milliseconds; `null`: once. */
  readonly everyMs: number | null;
}

/**
 * Checks the flags, and makes the folder.
 *
 * @param env where the secret may be
 * @returns `null` if nothing is to be sent
 * @throws {CommandError} if they do not go together
 */
export async function planOutbound(
  flags: OutboundFlags,
  customers: readonly SimulatorCustomer[],
  env: NodeJS.ProcessEnv,
): Promise<OutboundPlan | null> {
  const { deliver: folder = null, send: url = null } = flags;
  if (folder === null && url === null) {
    const unused = Object.keys(flags).find((flag) => UNUSED_ALONE.has(flag));
    if (unused === undefined) return null;
    throw new CommandError(`${UNUSED_ALONE.get(unused)} needs --deliver or --send.`, 2);
  }
  if (url !== null && !/^https?:$/.test(protocolOf(url))) {
    throw new CommandError(`--send takes the URL of an endpoint, such as https://host/messages/annotate.`, 2);
  }
  const plan = {
    receivers: receiversOf(customers, flags.destination),
    folder,
    url,
    headers: headersOf(flags.header ?? []),
    signature: await signatureOf(flags, env),
    everyMs: flags.every === undefined ? null : everyOf(flags.every),
  };
  if (folder !== null) await makeFolder(folder);
  return plan;
}

const UNUSED_ALONE = new Map([
  ['destination', '--destination'],
  ['every', '--every'],
  ['signatureHeader', '--signature-header'],
  ['header', '--header'],
]);

/**
 * Sends files and messages: at first a full delivery of the day before and one of changes, afterwards only changes.
 *
 * @param stop ends it
 */
export async function sendOutbound(
  simulator: AudienceManagerSimulator,
  plan: OutboundPlan,
  print: (text: string) => void,
  stop: AbortSignal,
): Promise<void> {
  if (plan.folder !== null) print(`\nFiles for the folder ${plan.folder}:`);
  const yesterday = Date.now() - DAY_MS;
  for (const receiver of plan.receivers) await deliver(simulator, receiver, plan, print, 'full', yesterday);
  for (;;) {
    for (const receiver of plan.receivers) {
      if (stop.aborted) return;
      await deliver(simulator, receiver, plan, print, 'iter', Date.now());
    }
    if (plan.url !== null) print(`\nMessages to ${plan.url}:`);
    for (const receiver of plan.receivers) {
      if (stop.aborted) return;
      await message(simulator, receiver, plan, print);
    }
    if (plan.everyMs === null || !(await pause(plan.everyMs, stop))) return;
  }
}

async function deliver(
  simulator: AudienceManagerSimulator,
  { customer, destinationId }: Receiver,
  { folder }: OutboundPlan,
  print: (text: string) => void,
  mode: SyncMode,
  at: number,
): Promise<void> {
  if (folder === null) return;
  for (const { name, bytes } of simulator.deliver(customer, destinationId, { mode, at })) {
    const path = join(folder, name);
    await writeFile(path, bytes, { flag: 'wx' }).catch((error: unknown) => {
      throw new CommandError(`${path} cannot be written (${codeOf(error)}): choose another folder.`);
    });
    print(`  ${customer}  ${destinationId}  ${name}  ${bytes.length} bytes`);
  }
}

async function message(
  simulator: AudienceManagerSimulator,
  { customer, destinationId }: Receiver,
  { url, headers, signature }: OutboundPlan,
  print: (text: string) => void,
): Promise<void> {
  if (url === null) return;
  const text = simulator.message(customer, destinationId);
  const { status, answer, attempts, milliseconds } = await sendMessage(text, { url, headers, signature });
  const times = attempts === 1 ? '' : `, ${attempts} attempts`;
  print(
    `  ${customer}  ${destinationId}  ${status ?? 'no answer'}  ${milliseconds} ms${times}\n    ${answer}`,
  );
}

/** @returns false if it was stopped */
function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      stop.removeEventListener('abort', onAbort);
      resolve(true);
    }, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    stop.addEventListener('abort', onAbort, { once: true });
    if (stop.aborted) onAbort();
  });
}

/** Server-to-server destinations that may be read. @throws {CommandError} if the named one is none of them */
function receiversOf(customers: readonly SimulatorCustomer[], destination: string | undefined): Receiver[] {
  const all = customers.flatMap(({ key, destinations }) =>
    destinations
      .filter(({ type, forbidden }) => type === 'S2S' && forbidden === undefined)
      .map(({ id }) => ({ customer: key, destinationId: id })),
  );
  if (destination === undefined) return all;
  const named = all.filter(({ destinationId }) => String(destinationId) === destination);
  if (named.length > 0) return named;
  const known = all.map(({ destinationId }) => destinationId).join(', ');
  throw new CommandError(
    `Nothing is sent to destination ${destination}. The server-to-server destinations are: ${known}.`,
    2,
  );
}

function everyOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= MAX_EVERY_MS) return ms;
  throw new CommandError('--every takes a duration such as 30s, up to 24h.', 2);
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new CommandError(`--header takes a name and a value, such as 'authorization: Bearer KEY'.`, 2);
    }
    headers[name] = value;
  }
  return headers;
}

async function signatureOf(
  { signatureHeader: header, signatureAlgorithm, signatureSecretFile: file }: OutboundFlags,
  env: NodeJS.ProcessEnv,
): Promise<MessageSignature | null> {
  if (header === undefined) {
    if (file === undefined && signatureAlgorithm === undefined) return null;
    throw new CommandError('Messages are signed only with --signature-header, such as X-Signature.', 2);
  }
  const secret = file === undefined ? env[SECRET_VARIABLE] : await readSecret(file);
  if (secret === undefined || secret === '') {
    throw new CommandError(
      `--signature-header needs a secret: put it into a file and name that with --signature-secret-file, or set $${SECRET_VARIABLE}.`,
      2,
    );
  }
  return { header, algorithm: signatureAlgorithm ?? DEFAULT_ALGORITHM, secret };
}

/** The text of a file without the end of its line. */
async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${codeOf(error)}): check --signature-secret-file.`);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new CommandError(
      `The folder ${folder} cannot be made (${codeOf(error)}): choose another --deliver.`,
    );
  });
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
