import { crc32, deflateRawSync } from 'node:zlib';

/** A file to put into a ZIP file. */
export interface ZipInput {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** What the directory says about the size, if it is not true. */
  readonly claimedSize?: number;
  readonly isEncrypted?: boolean;
  /** 0: not compressed; 8: Deflate; others are written as if they were. */
  readonly method?: number;
  /** How many entries of the directory have this content. Default: one. */
  readonly entries?: number;
}

/** Makes a ZIP file, also with what archivers would not write. */
export function zipOf(inputs: readonly ZipInput[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (const { name, content, claimedSize, isEncrypted = false, method = 8, entries = 1 } of inputs) {
    const bytes = Buffer.from(content);
    const stored = method === 8 ? deflateRawSync(bytes) : bytes;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE((isEncrypted ? 1 : 0) | 0x800, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(stored.length, 14);
    fields.writeUInt32LE(claimedSize ?? bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const nameBytes = Buffer.from(name);
    files.push(Buffer.from('PK\x03\x04'), fields, nameBytes, stored);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    for (let entry = 0; entry < entries; entry++, count++) {
      directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, nameBytes);
    }
    offset += 30 + nameBytes.length + stored.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, central, end]);
}

const NAMESPACES =
  'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ' +
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** A workbook with one sheet, from its parts: for what libraries do not write. */
export function workbookOf(
  rows: string,
  { sharedTexts = null, more = [] }: { sharedTexts?: string | null; more?: readonly ZipInput[] } = {},
): Buffer {
  const xml = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>${content}`;
  return zipOf([
    {
      name: '[Content_Types].xml',
      content: xml(
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
          '<Default Extension="xml" ContentType="application/xml"/>' +
          `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>` +
          `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/>` +
          `<Override PartName="/xl/sharedStrings.xml" ContentType="${TYPES}.sharedStrings+xml"/></Types>`,
      ),
    },
    {
      name: 'xl/workbook.xml',
      content: xml(
        `<workbook ${NAMESPACES}><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ),
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: xml(
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
          `<Relationship Id="rId1" Type="${RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>` +
          `<Relationship Id="rId2" Type="${RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
      ),
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      content: xml(`<worksheet ${NAMESPACES}><sheetData>${rows}</sheetData></worksheet>`),
    },
    ...(sharedTexts === null
      ? []
      : [{ name: 'xl/sharedStrings.xml', content: xml(`<sst ${NAMESPACES}>${sharedTexts}</sst>`) }]),
    ...more,
  ]);
}
