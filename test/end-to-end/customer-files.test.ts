import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommandError } from '../../src/commands/command-error.js';
import { exportCommand } from '../../src/commands/export.js';
import { importCommand } from '../../src/commands/import.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { TemporaryFolder } from '../support/command.js';
import { passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

/** How a file is to be read, where it does not say so itself. */
interface Options {
  readonly idType?: 'SID';
  readonly idColumn?: string;
  readonly nameColumn?: string;
  readonly encoding?: string;
  readonly sheet?: string;
  readonly force?: boolean;
}

interface Case {
  /** What is wrong with the file, or unusual. */
  readonly what: string;
  readonly file: string | Uint8Array | Promise<Uint8Array>;
  readonly options?: Options;
  /** The names that are known afterwards, by the gateway's own key of the segment. */
  readonly names?: Readonly<Record<string, string | null>>;
  /** What the result says of rows or of the file, each as a part of it. */
  readonly told?: readonly RegExp[];
  /** Why the file as a whole is refused. */
  readonly refused?: RegExp;
}

const SHOES = { 'sid:80920': 'Shoes' };
const GOOD = 'sid,name\n80920,Shoes\n80921,Hats\n80922,Bags\n';
const GOOD_NAMES = { 'sid:80920': 'Shoes', 'sid:80921': 'Hats', 'sid:80922': 'Bags' };

function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function workbook(...rows: (string | number | null)[][]): Promise<Uint8Array> {
  return writeXlsx({
    sheets: [
      { name: 'Notes', rows: [['Of May']] },
      { name: 'List', rows },
    ],
  });
}

const CASES: readonly Case[] = [
  { what: 'nothing', file: GOOD, names: GOOD_NAMES },
  { what: 'semicolons', file: 'sid;name\n80920;Shoes, red\n', names: { 'sid:80920': 'Shoes, red' } },
  { what: 'pipes', file: 'sid|name\n80920|Shoes; red\n', names: { 'sid:80920': 'Shoes; red' } },
  { what: 'a byte order mark', file: `\uFEFF${GOOD}`, names: GOOD_NAMES },
  { what: 'UTF-16', file: Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), names: GOOD_NAMES },
  {
    what: 'an older encoding',
    file: latin1('sid,name\n80920,Sch\xfche f\xfcr M\xe4nner\n80921,H\xfcte\n'),
    names: { 'sid:80920': 'Schühe für Männer', 'sid:80921': 'Hüte' },
    told: [/not UTF-8\. Its encoding was guessed: windows-1252/],
  },
  {
    what: 'an encoding that is stated',
    file: Uint8Array.from([
      ...latin1('sid,name\n80920,'),
      0x83,
      0x56,
      0x83,
      0x85,
      0x81,
      0x5b,
      0x83,
      0x59,
      10,
    ]),
    options: { encoding: 'shift_jis' },
    names: { 'sid:80920': 'シューズ' },
  },
  { what: 'gzip', file: gzipSync(GOOD), names: GOOD_NAMES },
  {
    what: 'a workbook',
    file: workbook(['SID', 'Segment Name'], [80920, 'Shoes'], ['80921', ' Größe "XL"']),
    options: { sheet: 'List' },
    names: { 'sid:80920': 'Shoes', 'sid:80921': ' Größe "XL"' },
  },
  {
    what: 'NDJSON',
    file: '{"sid":80920,"name":"Shoes"}\n{"sid":"80921","name":"Hats"}\n',
    names: { 'sid:80920': 'Shoes', 'sid:80921': 'Hats' },
  },
  {
    what: 'a title above the header',
    file: `Segments of May\n\n${GOOD}`,
    names: GOOD_NAMES,
    told: [/skipped.*Segments of May/],
  },
  {
    what: 'a header in French',
    file: 'Identifiant du segment;Nom du segment\n80920;Shoes\n',
    options: { idType: 'SID' },
    names: SHOES,
  },
  {
    what: 'columns with names of their own',
    file: 'our number,what we call it\n80920,Shoes\n',
    options: { idType: 'SID', idColumn: 'our number', nameColumn: 'what we call it' },
    names: SHOES,
  },
  { what: 'no column that is known', file: 'colour,size\nred,7\n', refused: /Line 1: .*colour/ },
  { what: 'no header', file: '80920,Shoes\n80921,Hats\n', refused: /Line 1/ },
  { what: 'an unknown column', file: 'sid,name,colour\n80920,Shoes,red\n', names: SHOES, told: [/colour/] },
  {
    what: 'several identifiers',
    file: 'Mapping ID,SID,Segment Name\n14395,80920,Shoes\n',
    names: { '14395': 'Shoes' },
  },
  {
    what: 'digits that a spreadsheet has lost',
    file: `${GOOD}1.43953E+12,Belts\n`,
    names: GOOD_NAMES,
    told: [/1\.43953E\+12.*digits are lost/],
  },
  {
    what: 'thousands separators',
    file: `${GOOD}"14,395",Belts\n`,
    names: GOOD_NAMES,
    told: [/thousands separators/],
  },
  { what: 'decimals', file: 'sid,name\n80920.0,Shoes\n', names: SHOES },
  {
    what: 'IDs as formulas and with apostrophes',
    file: 'sid,name\n"=""80920""",Shoes\n\'80921,Hats\n',
    names: { 'sid:80920': 'Shoes', 'sid:80921': 'Hats' },
  },
  { what: 'an error as a name', file: `${GOOD}80923,#REF!\n`, names: GOOD_NAMES, told: [/#REF!/] },
  {
    what: 'white space around IDs',
    file: 'sid,name\n\u00a080920\u200b ,Shoes\n',
    names: SHOES,
  },
  {
    what: 'an escape sequence in a name',
    file: `${GOOD}80923,\u001b[31mBelts\n`,
    names: GOOD_NAMES,
    told: [/control character/],
  },
  { what: 'Ctrl-Z at the end', file: `${GOOD}\u001a`, names: GOOD_NAMES },
  { what: 'a total at the end', file: `${GOOD}Total,3\n`, names: GOOD_NAMES, told: [/a total/] },
  {
    what: 'the header once more',
    file: `${GOOD}sid,name\n`,
    names: GOOD_NAMES,
    told: [/the header once more/],
  },
  { what: 'a row twice', file: 'sid,name\n80920,Shoes\n80920,Shoes\n', names: SHOES },
  {
    what: 'two names of one ID',
    file: 'sid,name\n80920,Shoes\n80920,Boots\n80921,Hats\n',
    names: { 'sid:80920': 'Shoes', 'sid:80921': 'Hats' },
    told: [/80920/],
  },
  {
    what: 'an ID that stands alone',
    file: 'sid,name\n80920,Shoes\n80921\n',
    names: SHOES,
  },
  {
    what: 'a status that nobody knows',
    file: 'sid,name,status\n80920,Shoes,sleepy\n',
    names: SHOES,
    told: [/status "sleepy" is not known/],
  },
  {
    what: 'the rows of another customer',
    file: 'sid,name,customerId,destinationId\n80920,Shoes,globex,566\n',
    refused: /globex/,
  },
  {
    what: 'the rows of another customer, which are wanted',
    file: 'sid,name,customerId,destinationId\n80920,Shoes,globex,566\n',
    options: { force: true },
    names: SHOES,
  },
  { what: 'the wrong kind', file: '%PDF-1.7\n…', refused: /PDF/ },
  { what: 'a page instead of a file', file: '<!doctype html><p>Log in', refused: /HTML/ },
  {
    what: 'an encoding that nobody knows',
    file: GOOD,
    options: { encoding: 'latin-42' },
    refused: /latin-42/,
  },
];

const CUSTOMER = {
  id: 'acme',
  credentials: null,
  // One for each case and way, so that no case sees the names of another one.
  destinations: CASES.flatMap((_, index) =>
    ['http', 'mutation'].map((way) => ({ id: `${way}-${index}`, segmentIdType: 'AUTO' })),
  ),
};

describe('a file with', () => {
  let gateway: TestGateway;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: [passwordCustomer('other')], customers: [CUSTOMER] });
    folder = await TemporaryFolder.create();
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  interface Outcome {
    /** All that is said about it. */
    readonly text: string;
    readonly isRefused: boolean;
    /** The export of the destination. */
    readonly names: Readonly<Record<string, string | null>>;
  }

  async function byHttp(index: number, bytes: Uint8Array, options: Options): Promise<Outcome> {
    const query = new URLSearchParams({ skipBad: '1' });
    for (const [name, value] of Object.entries(options))
      query.set(name, value === true ? '1' : String(value));
    const path = `acme/http-${index}`;
    const response = await gateway.fetch(`/import/${path}?${query.toString()}`, {
      method: 'POST',
      body: bytes,
    });
    const text = unescaped(await response.text());
    return { text, isRefused: response.status >= 400, names: await exported(path) };
  }

  async function byMutation(index: number, csv: string, options: Options): Promise<Outcome> {
    const { data, errors } = await gateway.query(
      `mutation ($csv: String!, $idType: SegmentIdType, $idColumn: String, $nameColumn: String, $force: Boolean) {
        importSegments(
          customerId: "acme", destinationId: "mutation-${index}", csv: $csv, skipBad: true,
          idType: $idType, idColumn: $idColumn, nameColumn: $nameColumn, force: $force
        ) { applied notes mistakes { line reason } warnings { line reason } }
      }`,
      { csv, ...options },
    );
    const text = unescaped(JSON.stringify(errors ?? data));
    return { text, isRefused: errors !== undefined, names: await exported(`acme/mutation-${index}`) };
  }

  async function exported(path: string): Promise<Outcome['names']> {
    return namesIn(await (await gateway.fetch(`/export/${path}.ndjson`)).text());
  }

  async function byCommand(index: number, bytes: Uint8Array, options: Options): Promise<Outcome> {
    const name = `file-${index}`;
    await folder.write(
      `${name}.yaml`,
      `storage: { sqlite: ./${name}.db }\ncustomers: [{ id: acme, destinations: [{ id: 314 }] }]`,
    );
    await writeFile(folder.pathOf(name), bytes);
    const at = { config: folder.pathOf(`${name}.yaml`), customer: 'acme', destination: '314' };
    const redactor = new Redactor();
    // The audit log of the command.
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    let text = '';
    let isRefused = false;
    try {
      const print = (line: string): void => {
        text += `${line}\n`;
      };
      await importCommand(folder.pathOf(name), { ...at, ...options, skipBad: true }, print, redactor);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      isRefused = true;
      text = error.message;
    }
    let ndjson = '';
    const write = (part: string): Promise<void> => {
      ndjson += part;
      return Promise.resolve();
    };
    await exportCommand({ ...at, format: 'ndjson' }, write, () => undefined, redactor);
    return { text, isRefused, names: namesIn(ndjson) };
  }

  it.each(CASES.map((each, index) => ({ ...each, index })))(
    '$what: by command, mutation and HTTP alike',
    async ({ file, options = {}, names = {}, told = [], refused, index }) => {
      const content = await file;
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const outcomes = {
        command: await byCommand(index, bytes, options),
        http: await byHttp(index, bytes, options),
        // It takes texts only, which have no encoding.
        ...(typeof content === 'string' && options.encoding === undefined
          ? { mutation: await byMutation(index, content, options) }
          : {}),
      };
      for (const [way, outcome] of Object.entries(outcomes)) {
        expect({ way, ...outcome }).toMatchObject({ way, isRefused: refused !== undefined });
        expect(outcome.names, way).toEqual(names);
        for (const part of refused === undefined ? told : [refused]) expect(outcome.text, way).toMatch(part);
      }
    },
  );
});

/** JSON as a person reads it. */
function unescaped(json: string): string {
  return json.replaceAll(String.raw`\"`, '"');
}

/** The names in an export, by the key of the segment. */
function namesIn(ndjson: string): Record<string, string | null> {
  const lines = ndjson.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const { id, name } = JSON.parse(line) as { id: string; name: string | null };
      return [id, name];
    }),
  );
}

/** Names and IDs that programs take for something else. */
const NASTY = [
  ['1', '=HYPERLINK("http://example.com")'],
  ['2', "'quoted"],
  ['3', ' spaces '],
  ['4', 'two\nlines, and a comma; and a | pipe'],
  ['5', '"'],
  ['6', '<script>&amp;'],
  ['7', 'セグメント 👟 Größe'],
  ['8', '-1+1'],
  ['9', 'NULL'],
  ['00123', 'leading zeros'],
  ['a,b', 'comma in the ID'],
  ['=1+1', 'formula in the ID'],
  ['{"json":1}', 'JSON in the ID'],
] as const;

describe('an export', () => {
  it.each(['csv', 'csv?bom=1', 'ndjson'])('as %s is the same after it was imported', async (format) => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('other')],
      customers: [{ id: 'acme', credentials: null, destinations: [{ id: 1, segmentIdType: 'AUTO' }] }],
    });
    await using other = await TestGateway.start({
      simulated: [passwordCustomer('other')],
      customers: [{ id: 'acme', credentials: null, destinations: [{ id: 1, segmentIdType: 'AUTO' }] }],
    });
    for (const [segmentId, name] of NASTY) {
      const { errors } = await gateway.query(
        `mutation ($key: SegmentKey!, $name: String!) { setSegment(key: $key, name: $name) { id } }`,
        { key: { customerId: 'acme', destinationId: '1', segmentId, idType: 'ALIAS' }, name },
      );
      expect(errors).toBeUndefined();
    }
    const path = `/export/acme/1.${format}`;
    const first = await (await gateway.fetch(path)).arrayBuffer();
    const imported = await other.fetch('/import/acme/1', { method: 'POST', body: first });
    expect(await imported.json()).toMatchObject({ applied: true, created: NASTY.length, mistakes: [] });
    const second = await (await other.fetch(path)).arrayBuffer();
    expect(Buffer.from(second).toString()).toBe(Buffer.from(first).toString());
  });
});
