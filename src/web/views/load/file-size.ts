import type { Texts } from '../../texts/index.js';
import type { Format } from '../../texts/format.js';

/** The size of a file, as the programs that show folders tell it. */
export function fileSize(bytes: number, format: Format, { kilobytes, megabytes }: Texts['load']): string {
  const inKilobytes = bytes / 1024;
  if (inKilobytes < 1000) return kilobytes(format.number(Math.max(1, Math.ceil(inKilobytes))));
  return megabytes(format.number(Math.round(inKilobytes / 102.4) / 10));
}
