import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { ConfigError, configFilePath, parseDuration } from '../config/index.js';
import { CommandError } from './command-error.js';
import { ownAddress } from './own-address.js';

/** Flags of `aam-gateway health`. */
export interface HealthOptions {
  readonly config?: string;
  /** Base URL of the gateway. Default: according to the configuration. */
  readonly url?: string;
  /** Only asks whether the process lives. */
  readonly live?: boolean;
  /** A duration such as `3s`. */
  readonly timeout: string;
  /** PEM files with a client certificate and its key, for `listen.tls.clientCa`. */
  readonly cert?: string;
  readonly key?: string;
}

/** The gateway to ask. */
interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  /** The certificate that it should have, in place of verification; `null`: it is verified. */
  readonly pinned: X509Certificate | null;
  /** Whether its certificate is not verified, because it is the gateway's own one on this machine. */
  readonly isOwn: boolean;
}

/** With both, or with neither. */
interface ClientCertificate {
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  /** The SHA-256 fingerprint of the certificate; `null` without TLS. */
  readonly fingerprint: string | null;
}

/** More would be more than a timer can wait for, at the latest at 25 days. */
const MAX_TIMEOUT_MS = 600_000;

/** Maximum length of an answer, in characters. Another server may be at the address. */
const MAX_ANSWER_LENGTH = 10_000;

/**
 * Asks a running gateway how it is, and prints it.
 *
 * @returns whether it is ready; with `live`, whether it lives
 * @throws {CommandError} with cause and remedy if it cannot be asked
 */
export async function health(options: HealthOptions, print: (text: string) => void): Promise<boolean> {
  const timeoutMs = parseDuration(options.timeout);
  if (timeoutMs === undefined || timeoutMs <= 0 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new CommandError('--timeout takes a duration such as 3s or 500ms, up to 10m.', 2);
  }
  const client = await clientCertificateOf(options);
  const target = await targetOf(options);
  const ask = (path: string): Promise<Answer> => get(target, path, client, timeoutMs);
  const alive = await ask('/healthz');
  if (statusIn(alive) !== 'ok') {
    throw new CommandError(
      `${target.url}/healthz answers with status ${alive.status}, and not as a gateway does: check the address; another program may listen there.`,
    );
  }
  const lines = [target.url, '  process   lives'];
  if (options.live === true) {
    print(lines.join('\n'));
    return true;
  }
  const ready = await ask('/readyz');
  const status = statusIn(ready) ?? `unknown (status ${ready.status})`;
  const isReady = ready.status === 200 && status === 'ready';
  lines.push(`  requests  ${status}${REMEDIES[status] ?? ''}`);
  const storage = memberIn(ready, 'storage') ?? 'unknown';
  lines.push(`  storage   ${storage}${STORAGE_REMEDIES[storage] ?? ''}`);
  if (target.pinned !== null && alive.fingerprint !== target.pinned.fingerprint256) {
    lines.push(
      '  note      its certificate is not the one of listen.tls.cert; send SIGHUP to have the new one used',
    );
  }
  print(lines.join('\n'));
  return isReady;
}

/** What a status means, and what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  starting: ': it has not finished its start; its log says what it waits for',
  overloaded:
    ': its event loop is behind (limits.eventLoopDelay); give it more processor time or fewer requests',
  draining: ': it is being stopped, and its requests go elsewhere',
};

const STORAGE_REMEDIES: Readonly<Record<string, string>> = {
  unavailable: ': names are answered from memory; check the database, and the log of the gateway',
};

async function targetOf({ url, config }: HealthOptions): Promise<Target> {
  if (url !== undefined) {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw new CommandError('--url takes an address such as http://127.0.0.1:4000.', 2);
    }
    const { origin, href } = new URL(url);
    if (href !== `${origin}/`) {
      throw new CommandError(
        '--url takes only http:// or https://, host and port, such as http://127.0.0.1:4000: a gateway answers /healthz at its root.',
        2,
      );
    }
    return { url: origin, pinned: null, isOwn: false };
  }
  const own = await ownAddress(configFilePath(config)).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandError(`${error.message} (or name the gateway's address with --url)`);
  });
  return { ...own, isOwn: true };
}

async function clientCertificateOf({ cert, key }: HealthOptions): Promise<ClientCertificate> {
  if ((cert === undefined) !== (key === undefined)) {
    throw new CommandError('--cert and --key belong together: name both files, or neither.', 2);
  }
  if (cert === undefined || key === undefined) return {};
  const read = async (file: string): Promise<Buffer> =>
    await readFile(file).catch((error: unknown) => {
      throw new CommandError(
        `${file} cannot be read (${codeOf(error)}): check the path and its permissions.`,
      );
    });
  const pair = { cert: await read(cert), key: await read(key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new CommandError(
      `--cert ${cert} and --key ${key} cannot be used (${codeOf(error)}): name PEM files of a certificate and its own key, without a password.`,
    );
  }
  return pair;
}

/** @throws {CommandError} with cause and remedy */
async function get(
  { url, isOwn }: Target,
  path: string,
  client: ClientCertificate,
  timeoutMs: number,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      // Nothing secret is sent, so the gateway's own certificate need not be valid for the address of this machine.
      const tls = isOwn ? { rejectUnauthorized: false } : {};
      const request = send(`${url}${path}`, { signal, agent: false, ...client, ...tls }, (response) => {
        let body = '';
        const fingerprint = (response.socket as Partial<TLSSocket>).getPeerX509Certificate?.()
          ?.fingerprint256;
        response.setEncoding('utf8').on('data', (text: string) => {
          if (body.length < MAX_ANSWER_LENGTH) body += text;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, fingerprint: fingerprint ?? null }),
        );
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  } catch (error) {
    if (signal.aborted) {
      throw new CommandError(
        `${url} has not answered within ${timeoutMs} ms: the gateway hangs or is overloaded; see its log, or wait longer with --timeout.`,
      );
    }
    throw new CommandError(`${url} cannot be asked: ${reasonOf(error)}`);
  }
}

/** Why a connection failed, and what to do. Sources: errno(3), and OpenSSL's verification errors. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there. Start the gateway, or check listen.host and listen.port.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved. Check the address.';
    case 'EPROTO':
    case 'ECONNRESET':
    case 'HPE_INVALID_CONSTANT':
      return `the connection failed (${code}). Check whether the address is one of http or of https; with listen.tls.clientCa, name a certificate with --cert and --key.`;
    default:
      return /CERT|SELF_SIGNED|ISSUER|ALTNAME|VERIFY/.test(code)
        ? `its certificate is not valid here (${code}). Use a trusted name, or --config on the gateway's own machine.`
        : `${error instanceof Error ? error.message : String(error)}.`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function statusIn(answer: Answer): string | undefined {
  return memberIn(answer, 'status');
}

function memberIn({ body }: Answer, key: string): string | undefined {
  try {
    const parsed = JSON.parse(body) as unknown;
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const value = (parsed as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
