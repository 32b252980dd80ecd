import { FileError } from './file-error.js';

/** An encoding of texts that files may have. */
export interface Encoding {
  /** As it is shown, and as people state it. */
  readonly name: string;
  /** The name for `TextDecoder` (WHATWG Encoding Standard). */
  readonly label: string;
  /** The names that the library for guessing gives. None: it is never guessed. */
  readonly guessed: readonly string[];
  /** Other names that people use and the Encoding Standard does not know. */
  readonly aliases?: readonly string[];
}

const UTF_8: Encoding = { name: 'utf-8', label: 'utf-8', guessed: [], aliases: ['utf8bom', 'utf8sig'] };

/** All encodings in which files are read. In order of priority, where guesses are equally good. */
export const ENCODINGS: readonly Encoding[] = [
  UTF_8,
  { name: 'utf-16le', label: 'utf-16le', guessed: [] },
  { name: 'utf-16be', label: 'utf-16be', guessed: [] },
  {
    name: 'windows-1252',
    label: 'windows-1252',
    guessed: ['windows-1252'],
    aliases: ['ansi', 'latin-1', 'western'],
  },
  { name: 'macroman', label: 'macintosh', guessed: ['macroman'] },
  { name: 'windows-1250', label: 'windows-1250', guessed: ['windows-1250'] },
  { name: 'windows-1251', label: 'windows-1251', guessed: ['windows-1251'] },
  { name: 'windows-1253', label: 'windows-1253', guessed: ['windows-1253'] },
  { name: 'windows-1254', label: 'windows-1254', guessed: ['windows-1254'] },
  { name: 'windows-1255', label: 'windows-1255', guessed: ['windows-1255'] },
  { name: 'windows-1256', label: 'windows-1256', guessed: ['windows-1256'] },
  { name: 'windows-1257', label: 'windows-1257', guessed: ['windows-1257'] },
  { name: 'windows-1258', label: 'windows-1258', guessed: ['windows-1258', 'cp1258'] },
  { name: 'windows-874', label: 'windows-874', guessed: ['cp874'], aliases: ['cp874'] },
  { name: 'iso-8859-2', label: 'iso-8859-2', guessed: ['iso-8859-2'] },
  { name: 'iso-8859-5', label: 'iso-8859-5', guessed: [] },
  { name: 'iso-8859-7', label: 'iso-8859-7', guessed: [] },
  { name: 'iso-8859-15', label: 'iso-8859-15', guessed: [], aliases: ['latin-9'] },
  { name: 'koi8-r', label: 'koi8-r', guessed: ['koi8-r'] },
  { name: 'shift-jis', label: 'shift_jis', guessed: ['cp932'], aliases: ['cp932', 'sjis'] },
  { name: 'iso-2022-jp', label: 'iso-2022-jp', guessed: [], aliases: ['jis'] },
  { name: 'euc-jp', label: 'euc-jp', guessed: ['euc-jp'] },
  // GB18030 contains GBK, and GBK contains GB2312.
  { name: 'gbk', label: 'gb18030', guessed: ['gb18030'], aliases: ['cp936', 'gb18030', 'gb2312'] },
  { name: 'big5', label: 'big5', guessed: ['big5'], aliases: ['cp950'] },
  { name: 'euc-kr', label: 'euc-kr', guessed: ['cp949', 'euc-kr'], aliases: ['cp949'] },
];

/**
 * The encoding that a person has stated, by any of its usual names, in small or capital letters.
 *
 * @throws {FileError} if there is no such encoding, with the names that are known
 */
export function encodingOf(stated: string): Encoding {
  const wanted = plain(stated);
  const known = ENCODINGS.find(({ name, label, aliases = [] }) =>
    [name, label, ...aliases].some((each) => plain(each) === wanted),
  );
  const found = known ?? ENCODINGS.find(({ label }) => label === labelOf(stated));
  if (found !== undefined) return found;
  const names = ENCODINGS.map(({ name }) => name).join(', ');
  throw new FileError(
    null,
    `There is no encoding ${JSON.stringify(stated.slice(0, 40))}. Use one of ${names}.`,
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** What the Encoding Standard calls it; `null` if it does not know the name. */
function labelOf(stated: string): string | null {
  try {
    return new TextDecoder(stated).encoding;
  } catch {
    return null;
  }
}

/** Decodes the parts of a text, in order. `isLast`: nothing comes after this part. */
export type Decoder = (bytes: Uint8Array, isLast: boolean) => string;

/**
 * Makes a decoder. It removes a byte order mark.
 *
 * @param fatal whether it throws a `TypeError` at what has no meaning in the encoding; else that becomes U+FFFD
 */
export function decoderOf({ label }: Encoding, fatal: boolean): Decoder {
  const decoder = new TextDecoder(label, { fatal });
  if (label !== 'windows-1252') return (bytes, isLast) => decoder.decode(bytes, { stream: !isLast });
  return (bytes, isLast) =>
    decoder
      .decode(bytes, { stream: !isLast })
      .replaceAll(/[\u0080-\u009f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control);
}

/**
 * The characters of windows-1252 at 0x80 to 0x9f. Some versions of Node.js decode windows-1252 as ISO 8859-1, which has
 * control characters there (https://github.com/nodejs/node/issues/56542). Five codes have no character.
 */
const WINDOWS_1252 = Array.from('€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ');
