import { isUtf8 } from 'node:buffer';
import { AudienceManagerError } from './errors.js';

/** The value of a content-type header as undici gives it. */
export type ContentType = string | readonly string[] | undefined;

/** TextDecoder's names of the charsets in which each character is one byte (WHATWG Encoding Standard, 10). */
const SINGLE_BYTE = /^(windows-\d+|iso-8859-|koi8-|macintosh$|x-mac-|ibm866$)/;

/** What RFC 9110 allows as the name of a charset, with a bound. */
const CHARSET = /;\s*charset\s*=\s*"?([\w!#$&+.:^~-]{1,40})"?\s*(?:;|$)/i;

/** What windows-1252 has at 0x80 to 0x9F, where Node.js leaves control characters in their place. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * Decodes the body of an answer strictly, so that no character is made up.
 *
 * JSON is UTF-8 (RFC 8259, 8.1), with or without a byte order mark, which is removed. Another charset counts only if the
 * content-type names it. A body in valid UTF-8 is UTF-8 even if the content-type names a charset of single bytes: proxies
 * and servers add such a name by default, and a text in these charsets is never valid UTF-8 but by accident. Nothing is
 * guessed by a byte order mark: UTF-16 has to be named, and UTF-32 is not known to TextDecoder.
 *
 * @param what the expected content, for the error message
 * @throws AudienceManagerError AAM_BAD_RESPONSE; the message never contains the body
 */
export function decodeBody(body: Uint8Array, contentType: ContentType, what: string): string {
  const named = charsetOf(contentType);
  const known = named === null ? null : encodingOf(named);
  const charset = known === null || (SINGLE_BYTE.test(known) && isUtf8(body)) ? 'utf-8' : known;
  try {
    const text = new TextDecoder(charset, { fatal: true }).decode(body);
    return charset === 'windows-1252' ? withoutControls(text) : text;
  } catch {
    throw undecodable(what, charset, known === null ? named : null);
  }
}

/** Decodes for people only: what cannot be decoded becomes U+FFFD. */
export function decodeLeniently(body: Uint8Array, contentType: ContentType): string {
  const named = charsetOf(contentType);
  return new TextDecoder((named === null ? null : encodingOf(named)) ?? 'utf-8').decode(body);
}

/** The charset that a content-type names; `null` if it names none. */
function charsetOf(contentType: ContentType): string | null {
  const header = [contentType ?? []].flat().join(';');
  return CHARSET.exec(header)?.[1]?.toLowerCase() ?? null;
}

/** The name that TextDecoder has for a charset; `null` if it does not know it. */
function encodingOf(charset: string): string | null {
  try {
    return new TextDecoder(charset).encoding;
  } catch {
    return null;
  }
}

function withoutControls(text: string): string {
  return text.replaceAll(
    /[\u0080-\u009f]/g,
    (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control,
  );
}

/** @param unknown the charset that the content-type names, if the gateway does not know it */
function undecodable(what: string, charset: string, unknown: string | null): AudienceManagerError {
  const found =
    charset === 'utf-8'
      ? `is not valid UTF-8, as JSON has to be${unknown === null ? '' : ` (and the gateway does not know the charset ${unknown} that its content-type names)`}`
      : `is not valid ${charset}, the charset that its content-type names`;
  return new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager sent ${what} that ${found}. Ask Adobe, or who runs the proxy in between, to send UTF-8 or to name the right charset.`,
  );
}
