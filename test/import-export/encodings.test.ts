import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { readFileContent, readSegments } from '../../src/import-export/index.js';
import { contentErrorOf, textOf } from './content-support.js';

const swap = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

const UNICODE: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16 LE with a byte order mark': (text) => utf16(`\ufeff${text}`),
  'UTF-16 BE with a byte order mark': (text) => swap(utf16(`\ufeff${text}`)),
  'UTF-16 LE without a byte order mark': utf16,
  'UTF-16 BE without a byte order mark': (text) => swap(utf16(text)),
};
const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' };
const LINE_ENDS = { CRLF: '\r\n', LF: '\n', CR: '\r' };

const everyCombination = Object.keys(UNICODE).flatMap((encoding) =>
  Object.entries(SEPARATORS).flatMap(([separatorName, separator]) =>
    Object.entries(LINE_ENDS).map(([lineEndName, lineEnd]) => ({
      encoding,
      separatorName,
      separator,
      lineEndName,
      lineEnd,
    })),
  ),
);

describe('a file in Unicode', () => {
  it.each(everyCombination)(
    'has the same file rows in $encoding, separated by $separatorName, with $lineEndName',
    async ({ encoding, separator, lineEnd }) => {
      const lines = [
        ['Segment ID', 'Name', 'Description', 'Status'],
        ['24', `"Größe${separator} ""XL"""`, `"one${lineEnd}two"`, 'Active'],
        ['25', '東京　👟', 'كرة', '0'],
      ];
      const text = lines.map((cells) => cells.join(separator) + lineEnd).join('');
      const content = await readFileContent(UNICODE[encoding]!(text), { fileName: null });
      expect(content.notes).toEqual([]);
      const file = await readSegments(content);
      expect(file).toMatchObject({
        rows: [
          {
            line: 2,
            ids: [{ idType: null, id: '24' }],
            name: `Größe${separator} "XL"`,
            description: `one${lineEnd}two`,
            status: 'ACTIVE',
          },
          { line: 4, ids: [{ idType: null, id: '25' }], name: '東京　👟', status: 'INACTIVE' },
        ],
        mistakes: [],
      });
    },
  );

  it('is accepted with a byte order mark before a quoted header', async () => {
    expect(await textOf(Buffer.from('\ufeff"id","name"\n1,A'))).toBe('"id","name"\n1,A');
  });

  it('is a text if it has one character', async () => {
    expect(await textOf(Buffer.from('x'))).toBe('x');
  });

  it('is refused if it is UTF-16 that is cut off', async () => {
    const error = await contentErrorOf(utf16('\ufeffid,name\n1,A').subarray(0, -1));
    expect(error.message).toMatch(/damaged or cut off/);
  });

  it.each([
    { lineEnd: 'LF', text: 'id,name\n1,Zoë\n2,Größe\n3,', line: 4 },
    { lineEnd: 'CRLF', text: 'id,name\r\n1,Zoë\r\n2,Größe\r\n3,', line: 4 },
    { lineEnd: 'CR', text: 'id,name\r1,Zoë\r3,Größe\r4,B\r5,', line: 5 },
  ])('is refused if one of its lines is in another encoding ($lineEnd)', async ({ text, line }) => {
    const error = await contentErrorOf(Buffer.concat([Buffer.from(text), Buffer.from('Caf\xe9', 'latin1')]));
    expect(error.line).toBe(line);
    expect(error.message).toMatch(/^Line \d: this is not UTF-8, but most of the file is.*--encoding/);
  });

  it('loses the end-of-file character of old programs, and keeps any other', async () => {
    expect(await textOf(Buffer.from('id,name\r\n1,A\r\n\u001a'))).toBe('id,name\r\n1,A\r\n');
    expect(await textOf(Buffer.from('id,name\n1,A\u001a\u001a\n'))).toBe('id,name\n1,A');
    expect(await textOf(Buffer.from('id,name\n1,A\u001aB\n'))).toBe('id,name\n1,A\u001aB\n');
    expect(await textOf(Buffer.from('id,name\n1,A\n\n'))).toBe('id,name\n1,A\n\n');
  });
});

/** Lists of names as customers write them, by the encoding that their programs use. */
const OLDER: readonly { readonly encoding: string; readonly iconv?: string; readonly text: string }[] = [
  { encoding: 'windows-1252', text: 'sid,name\n80920,Größe XL\n80921,Käufer\n80922,Überblick' },
  { encoding: 'windows-1252', text: 'sid;nom du segment\n1;Clients fidèles\n2;Abonnés\n3;Été – “soldes”' },
  { encoding: 'windows-1252', text: 'sid,name\n1,Café' },
  { encoding: 'windows-1252', text: 'sid,name\n1,Niños\n2,Mañana y año' },
  { encoding: 'windows-1252', text: 'sid,name\n1,Price € 50' },
  { encoding: 'windows-1252', text: 'id,name\n1,It’s a “test”' },
  { encoding: 'windows-1252', text: 'id,name\n1,Newsletter – weekly' },
  { encoding: 'windows-1252', text: 'id,name\n1,Brand® XL\n2,£50 and more' },
  { encoding: 'windows-1252', text: 'id,name\n1,ÉTÉ\n2,GRÖSSE' },
  { encoding: 'windows-1252', text: 'id,nome\n1,Clienti fedeltà\n2,Novità della città' },
  { encoding: 'windows-1252', text: 'id,nome\n1,Clientes fiéis\n2,Promoções de verão' },
  { encoding: 'windows-1252', text: 'id,naam\n1,Klanten België\n2,Coördinatie' },
  { encoding: 'macroman', text: 'sid,name\n80920,Größe XL\n80921,Käufer\n80922,Überblick' },
  { encoding: 'macroman', text: 'sid;nom du segment\n1;Clients fidèles\n2;Abonnés à la newsletter\n3;Été' },
  { encoding: 'macroman', text: 'sid,name\n1,Café' },
  { encoding: 'windows-1252', text: 'sid;nom\n1;Prêt à porter' },
  { encoding: 'windows-1252', text: 'sid;nom\n1;Où acheter' },
  { encoding: 'windows-1252', text: 'sid;nom\n1;À risque' },
  { encoding: 'windows-1252', text: 'sid;nom\n1;Prospects à relancer\n2;Crème solaire' },
  { encoding: 'windows-1252', text: 'sid;nome\n1;Città\n2;Più venduti' },
  { encoding: 'windows-1252', text: 'sid;naam\n1;Financiële' },
  { encoding: 'macroman', text: 'sid;nom\n1;Hôtels' },
  { encoding: 'macroman', text: 'sid;name\n1;Österreich' },
  { encoding: 'macroman', text: 'sid;name\n1;Fußball' },
  { encoding: 'macroman', text: 'sid;nome\n1;Città' },
  { encoding: 'windows-1250', text: 'sid;nazwa\n1;Święta' },
  { encoding: 'windows-1254', text: 'sid;name\n1;İstanbul' },
  { encoding: 'koi8-r', text: 'sid;name\n1;Авто' },
  { encoding: 'shift-jis', iconv: 'shift_jis', text: 'セグメントID,セグメント名\n1000,リピーター' },
  { encoding: 'shift-jis', iconv: 'shift_jis', text: 'sid,name\n1,ﾒﾝﾊﾞｰ' },
  { encoding: 'shift-jis', iconv: 'shift_jis', text: 'sid,name\n1,東京ｴﾘｱ' },
  { encoding: 'euc-jp', text: 'セグメントID,セグメント名\n1000,リピーター' },
  { encoding: 'euc-jp', text: 'sid,name\n1,東京在住' },
  { encoding: 'gbk', text: 'sid,name\n1,会员' },
  { encoding: 'shift-jis', iconv: 'shift_jis', text: 'sid,name\n80920,ロイヤル顧客\n80921,新規のお客様' },
  { encoding: 'shift-jis', iconv: 'shift_jis', text: 'セグメントID,セグメント名\n1,東京' },
  { encoding: 'euc-jp', text: 'sid,name\n80920,ロイヤル顧客\n80921,新規のお客様' },
  { encoding: 'gbk', text: 'sid,name\n80920,忠诚客户\n80921,新用户' },
  { encoding: 'gbk', text: '编号,名称\n1,北京' },
  { encoding: 'big5', text: 'sid,name\n80920,忠誠客戶\n80921,新用戶' },
  { encoding: 'euc-kr', text: 'sid,name\n80920,충성 고객\n80921,신규 사용자' },
  { encoding: 'windows-1250', text: 'sid,nazwa\n1,Klienci z Łodzi\n2,Żółte źródła\n3,Święta' },
  { encoding: 'windows-1251', text: 'sid,name\n1,Постоянные клиенты\n2,Новые' },
  { encoding: 'windows-1253', text: 'sid,name\n1,Πελάτες\n2,Νέοι χρήστες' },
  { encoding: 'windows-1254', text: 'sid,name\n1,Sadık müşteriler\n2,Yeni kullanıcılar ğışİ' },
  { encoding: 'windows-1255', text: 'sid,name\n1,לקוחות נאמנים' },
  { encoding: 'windows-1256', text: 'sid,name\n1,العملاء المخلصون' },
];

describe('a file in an older encoding', () => {
  it.each(OLDER)('is read as $encoding, which is said: $text', async ({ encoding, iconv: coder, text }) => {
    const content = await readFileContent(iconv.encode(text, coder ?? encoding), { fileName: null });
    expect(content).toEqual({
      kind: 'text',
      text,
      notes: [
        `The file is not UTF-8. Its encoding was guessed: ${encoding}. Check the names, or state it with --encoding.`,
      ],
    });
  });

  it('is read as ISO-2022-JP, although all of its characters are ASCII', async () => {
    const bytes = Buffer.from('sid,name\n1,\x1b$BEl5~\x1b(B\n2,\x1b$B5~ET\x1b(B\n', 'latin1');
    const content = await readFileContent(bytes, { fileName: null });
    expect(content).toMatchObject({ text: 'sid,name\n1,東京\n2,京都\n' });
    expect(content.notes[0]).toContain('iso-2022-jp');
  });

  it('is read in the same way if it is large, with characters at the border of two parts', async () => {
    const line = '1,ロイヤル顧客の名前\n';
    const text = `sid,name\n${line.repeat(120_000)}`;
    expect(await textOf(iconv.encode(text, 'shift_jis'))).toBe(text);
  });

  it('is refused if it is no text', async () => {
    const error = await contentErrorOf(Buffer.from([1, 2, 3, 0x80, 0, 0, 0xff, 4, 5, 0, 6, 7, 8, 9]));
    expect(error.message).toMatch(/not a text file/);
  });
});

describe('a long file with a line that is not UTF-8', () => {
  it.each([
    { what: 'a list of 200 KiB, at its end', lines: 5000, broken: 4990 },
    { what: 'a list of 2 MiB, at its end', lines: 50_000, broken: 49_990 },
  ])('is refused with that line: $what', async ({ lines, broken }) => {
    const rows = Array.from({ length: lines }, (_, index) => Buffer.from(`${index},ロイヤル顧客の名前\n`));
    rows.splice(broken - 2, 1, Buffer.from('1,Gr\xf6\xdfe\n', 'latin1'));
    const error = await contentErrorOf(Buffer.concat([Buffer.from('sid,name\n'), ...rows]));
    expect(error.message).toMatch(/this is not UTF-8, but most of the file is/);
    expect(error.line).toBe(broken);
  });

  it.each([
    { what: 'letters from the start', bytes: Buffer.alloc(8 * 1024 * 1024, 'Gr\xf6\xdfe, ', 'latin1') },
    {
      what: 'letters far behind',
      bytes: Buffer.concat([
        Buffer.alloc(8 * 1024 * 1024, 'abc '),
        Buffer.alloc(1000, 'Gr\xf6\xdfe, ', 'latin1'),
      ]),
    },
    { what: 'nothing else', bytes: Buffer.alloc(8 * 1024 * 1024, iconv.encode('顧客', 'shift_jis')) },
  ])('is examined in little time if it is a single line: $what', async ({ bytes }) => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await textOf(bytes);
    clearInterval(timer);
    expect(longest).toBeLessThan(500);
  });
});

describe('a stated encoding', () => {
  it.each([
    { stated: 'windows-1252', text: 'Größe', iconvName: 'windows-1252' },
    { stated: 'CP1252', text: 'Größe – “XL”', iconvName: 'windows-1252' },
    { stated: 'latin1', text: 'Größe', iconvName: 'latin1' },
    { stated: 'MacRoman', text: 'Größe', iconvName: 'macroman' },
    { stated: 'macintosh', text: 'Größe', iconvName: 'macroman' },
    { stated: 'Shift_JIS', text: '東京', iconvName: 'shift_jis' },
    { stated: 'cp932', text: '東京', iconvName: 'shift_jis' },
    { stated: 'GB18030', text: '北京', iconvName: 'gb18030' },
    { stated: 'gb2312', text: '北京', iconvName: 'gbk' },
    { stated: 'UTF-16', text: '北京', iconvName: 'utf-16le' },
    { stated: 'utf8', text: '北京', iconvName: 'utf-8' },
    { stated: 'iso-8859-2', text: 'Łódź', iconvName: 'iso-8859-2' },
  ])('overrules the guess: $stated', async ({ stated, text, iconvName }) => {
    const content = await readFileContent(iconv.encode(`id,name\n1,${text}`, iconvName), {
      fileName: null,
      encoding: stated,
    });
    expect(content).toEqual({ kind: 'text', text: `id,name\n1,${text}`, notes: [] });
  });

  it('is refused if it is unknown, with those that are known', async () => {
    const error = await contentErrorOf(Buffer.from('id,name'), { encoding: 'klingon' });
    expect(error.message).toMatch(/no encoding "klingon". Use one of utf-8, .*windows-1252, .*shift-jis/);
  });

  it('is refused if the file is not in it', async () => {
    const error = await contentErrorOf(Buffer.from('id,name\n1,Gr\xf6\xdfe', 'latin1'), {
      encoding: 'utf-8',
    });
    expect(error.message).toMatch(/^The file is not utf-8/);
  });
});
