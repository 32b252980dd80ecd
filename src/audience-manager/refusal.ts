import { Redactor } from '../telemetry/redaction.js';
import type { Account } from './account.js';
import { decodeLeniently, type ContentType } from './charset.js';

/** Why Audience Manager refused a request, in its own words: neither redacted nor shortened. */
export interface Refusal {
  /** `error` of OAuth 2.0, `error_code` of Adobe's API gateway, or `code` of the API. */
  readonly code: string | null;
  /** `error_description` of OAuth 2.0, or `message`. */
  readonly text: string | null;
  /** Whether it is a web page, which Audience Manager's API does not send for a refusal. */
  readonly isPage?: true;
}

/** Longer bodies are neither read nor parsed. A body is parsed as a whole, because half a secret could not be redacted. */
export const MAX_REFUSAL_BYTES = 16 * 1024;

/** Maximum length of what is repeated, in characters. */
const MAX_WORDS_LENGTH = 200;

/** Error codes of OAuth 2.0 (RFC 6749, 5.2), and the numbers of Adobe's API gateway. Others may be anything. */
const KNOWN_CODE =
  /^(\d{3,10}|invalid_(grant|client|request|scope|token)|unauthorized|unauthorized_client|unsupported_grant_type|access_denied)$/;

/** Texts that say no more than the status does. */
const EMPTY_WORDS = /^(bad request|unauthorized|forbidden|access denied|not found|conflict)\.?$/i;

/** What a token may consist of (RFC 6750, 2.1). Words with @ are names of users and organisations. */
const LONG_WORD = /[\w\-.~+/=@]{16,}/g;

const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]+/gu;

/**
 * Reads the reason from the body of an error. Loads no schema library, because the background worker uses it.
 *
 * @returns `null` if the body gives none
 */
export function parseRefusal(body: Uint8Array, contentType?: ContentType): Refusal | null {
  if (body.length === 0 || body.length > MAX_REFUSAL_BYTES) return null;
  const text = decodeLeniently(body, contentType);
  if (isWebPage(text)) return { code: null, text: null, isPage: true };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(answer)) return null;
  const inner = isObject(answer['error']) ? answer['error'] : answer;
  const code = textOf(inner['error_code']) ?? textOf(inner['error']) ?? textOf(inner['code']);
  const reason = textOf(inner['error_description']) ?? textOf(inner['message']);
  return code === null && reason === null ? null : { code, text: reason };
}

/** Whether a text is a web page: that of a firewall, of a proxy, or of a log-in. */
export function isWebPage(text: string): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml|!--)/i.test(text);
}

/** `parseRefusal` of a response. */
export function refusalOf({
  body,
  headers,
}: {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, ContentType>>;
}): Refusal | null {
  return parseRefusal(body, headers['content-type']);
}

/** The code of a refusal; `null` if it is none of the known ones. */
export function knownCode(refusal: Refusal | null): string | null {
  const code = refusal?.code ?? '';
  return KNOWN_CODE.test(code) ? code : null;
}

/**
 * What an answer says about itself, such as `: invalid_grant, “Bad credentials”`, to append to a sentence. Empty if it
 * says nothing. Every secret is removed: those of the account and of the redactor, and whatever looks like a token.
 */
export function ownWords(refusal: Refusal | null, account: Account, redactor: Redactor): string {
  const words = repeatable(refusal?.text ?? '', account, redactor);
  const parts = [knownCode(refusal), words === '' ? null : `“${words}”`];
  const said = parts.filter((part) => part !== null).join(', ');
  return said === '' ? '' : `: ${said}`;
}

function repeatable(text: string, account: Account, redactor: Redactor): string {
  const own = new Redactor(secretsOf(account));
  const redact = (value: string): string => redactor.redact(own.redact(value));
  // Once before characters are replaced, which may be part of a secret, and once after, when a secret may have come up.
  const printable = redact(text).replaceAll(CONTROL_CHARACTERS, ' ').replaceAll(/\s+/g, ' ').trim();
  const names = new Set(namesOf(account));
  const clean = redact(printable).replaceAll(LONG_WORD, (word) =>
    names.has(word) || !looksLikeToken(word) ? word : '[redacted]',
  );
  if (EMPTY_WORDS.test(clean)) return '';
  const characters = Array.from(clean);
  return characters.length <= MAX_WORDS_LENGTH
    ? clean
    : `${characters.slice(0, MAX_WORDS_LENGTH).join('').trimEnd()}…`;
}

/** Letters and digits together, as in random texts; other long words are words. */
function looksLikeToken(word: string): boolean {
  return !word.includes('@') && /\d/.test(word) && /[A-Za-z]/.test(word);
}

function secretsOf(account: Account): string[] {
  return account.type === 'password' ? [account.password, account.clientSecret] : [account.clientSecret];
}

function namesOf(account: Account): string[] {
  return account.type === 'password'
    ? [account.username, account.clientId]
    : [account.clientId, account.orgId];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
