/** Maximum length of a file name that is kept, in characters, as most file systems have it. */
const MAX_LENGTH = 255;

/**
 * The file name in a header Content-Disposition, without its folders. Source: RFC 6266, section 4.3.
 *
 * @returns `null` if there is none
 */
export function fileNameIn(disposition: string | undefined): string | null {
  if (disposition === undefined) return null;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  const name = extended === undefined ? plainNameIn(disposition) : decoded(extended);
  return name === null ? null : baseNameOf(name);
}

/** A file name as it may be stored and shown: without folders and control characters. `null` if nothing is left. */
export function baseNameOf(name: string): string | null {
  const base = name
    .replace(/^.*[/\\]/s, '')
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, MAX_LENGTH)
    .toWellFormed();
  return base === '' ? null : base;
}

function plainNameIn(disposition: string): string | null {
  const [, quoted, token] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(disposition) ?? [];
  const name = quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, '$1');
  // Node.js reads headers as Latin-1, and most clients write UTF-8.
  return name === undefined ? null : utf8Of(name);
}

function utf8Of(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString();
  return text.includes('\uFFFD') ? latin1 : text;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
