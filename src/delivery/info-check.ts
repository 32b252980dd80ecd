import { withoutMode } from './file-name.js';
import type { DeliveryInfo, ListedFile } from './info-file.js';

/** A file that arrived. */
export interface ArrivedFile {
  readonly name: string;
  /** Its size as it arrived, in bytes. */
  readonly bytes: number;
  /** All of them; `null`: they were not counted. */
  readonly lines: number | null;
  /** How many of the lines are headers. */
  readonly headers: number;
  /** Hexadecimal, in lower case; `null`: it was not computed. */
  readonly md5: string | null;
}

/** The listed file that a name stands for, whatever its mode and whether it was unpacked or packed since. */
export function listedAs(info: DeliveryInfo, name: string): ListedFile | undefined {
  const wanted = withoutMode(name);
  return (
    info.files.find((file) => withoutMode(file.name) === wanted) ??
    info.files.find((file) => unpackedName(file.name) === unpackedName(name))
  );
}

/**
 * Compares what arrived with what the `.info` file of the delivery lists.
 *
 * @param arrived every file of it that is there, also those of which only the size is known
 * @returns what is wrong, one sentence for each; none: all is as it should be
 */
export function checkDelivery(info: DeliveryInfo, arrived: readonly ArrivedFile[]): string[] {
  const wrong = [...totalsWrong(info)];
  const found = new Set<ListedFile>();
  for (const file of arrived) {
    const listed = listedAs(info, file.name);
    if (listed === undefined) {
      wrong.push(`${file.name} is not in the list of the delivery.`);
      continue;
    }
    found.add(listed);
    wrong.push(...differences(listed, file));
  }
  for (const listed of info.files) {
    if (!found.has(listed)) wrong.push(`${listed.name} did not arrive.`);
  }
  return wrong;
}

/** A file's name without what may change after it was sent: its mode, the case of its letters, and whether it is packed. */
export function unpackedName(name: string): string {
  return withoutMode(name).replace(/\.gz$/, '');
}

function differences(listed: ListedFile, { name, bytes, lines, headers, md5 }: ArrivedFile): string[] {
  const wrong: string[] = [];
  const differ = (what: string, arrived: number | null, sent: number | null): void => {
    if (arrived === null || sent === null || arrived === sent) return;
    const verdict = arrived < sent ? 'it is not complete' : 'it is not the file that was sent';
    wrong.push(`${name} has ${arrived} ${what}, and ${sent} were sent: ${verdict}.`);
  };
  // The size and the checksum are those of the file as it was sent, packed.
  const isAsSent = listed.name.toLowerCase().endsWith('.gz') === name.toLowerCase().endsWith('.gz');
  if (isAsSent) differ('bytes', bytes, listed.bytes);
  // Whether a header counts, nothing says.
  if (lines === null || lines - headers !== listed.lines) differ('lines', lines, listed.lines);
  if (isAsSent && md5 !== null && listed.md5 !== null && md5 !== listed.md5) {
    wrong.push(`${name} has another checksum (md5) than what was sent: have it sent again.`);
  }
  return wrong;
}

/** A list that contradicts itself was cut off, or made while files were written. */
function totalsWrong({ files, totals }: DeliveryInfo): string[] {
  if (totals.files === null || totals.files === files.length) return [];
  return [`The list names ${files.length} files, and says that there are ${totals.files}.`];
}
