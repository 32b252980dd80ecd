import { describe, expect, it } from 'vitest';
import { FileError, MAX_FILE_ROWS, readSegments } from '../../src/import-export/index.js';
import { textErrorOf } from './support.js';

describe('a file error', () => {
  it.each([
    { what: 'an empty file', text: '', line: null, message: /empty.*header line/ },
    { what: 'a blank file', text: ' \r\n\n\t', line: null, message: /empty/ },
    { what: 'nothing but a byte order mark', text: '\ufeff', line: null, message: /empty/ },
    { what: 'nothing but a separator line', text: 'sep=;\n', line: null, message: /empty/ },
    { what: 'a header without file rows', text: 'id,name\n', line: null, message: /no segments/ },
    { what: 'a header with blank rows only', text: 'id,name\n,\n\n', line: null, message: /no segments/ },
    {
      what: 'no identifier column',
      text: '\nnumber;name\n1;A',
      line: 2,
      message:
        /^Line 2: .*Found: "number", "name"\. Known column names: destinationMappingId, .*sid.*alias.*Rename/,
    },
    {
      what: 'no column with content',
      text: 'id,owner\n1,A',
      line: 1,
      message:
        /name, description or status\. Found: "id", "owner"\. Known column names: name, .*description.*state/,
    },
    { what: 'no header', text: '1,Shoes\n2,Hats', line: 1, message: /Found: "1", "Shoes".*header line/ },
    {
      what: 'a header with another separator than sep= says',
      text: 'sep=;\nid,name\n1,A',
      line: 2,
      message: /Found: "id,name"/,
    },
    {
      what: 'an unsupported separator after sep=',
      text: 'sep=^\nid^name\n1^A',
      line: 1,
      message: /separator "\^" is not supported.*commas, semicolons, tabs or pipes/,
    },
    {
      what: 'an unsupported separator',
      text: 'A list\nid:name\n1:A',
      line: 2,
      message: /seem to be separated by ":".*commas, semicolons, tabs or pipes/,
    },
    { what: 'two names', text: 'id,name,Label\n1,A,B', line: 1, message: /"name" and "Label" mean the same/ },
    {
      what: 'two SIDs',
      text: 'sid,aam sid,name\n1,2,A',
      line: 1,
      message: /"sid" and "aam sid" mean the same/,
    },
    {
      what: 'stray quotes in the header',
      text: 'id,"name"s\n1,A',
      line: 1,
      message: /header has text after/,
    },
    { what: 'a quote never closed', text: 'id,name\n1,A\n2,"B\n3,C\n', line: 3, message: /never closed/ },
    {
      what: "a quote opened on a row's later line",
      text: 'id,name,desc\n1,"a\nb","c\nd',
      line: 3,
      message: /never closed/,
    },
    { what: 'a quote never closed in the header', text: 'id,"name\n1,A', line: 1, message: /never closed/ },
    {
      what: 'an opening quote at the end of the file',
      text: 'id,name\n1,"',
      line: 2,
      message: /never closed/,
    },
    {
      what: 'a quote that is closed after more than 100,000 characters',
      text: `id,name\n1,"A\n${'2,B\n'.repeat(50_000)}3,C",`,
      line: 2,
      message: /never closed/,
    },
    {
      what: 'a row of more than 100,000 characters',
      text: `id,name\n1,A\n${'x'.repeat(100_001)}`,
      line: 3,
      message: /far too long/,
    },
    { what: 'a spreadsheet', text: 'PK\x03\x04\x14', line: null, message: /spreadsheet.*CSV UTF-8/ },
    { what: 'an old spreadsheet', text: '\xd0\xcf\x11\xe0', line: null, message: /old spreadsheet/ },
    { what: 'a PDF', text: '%PDF-1.4', line: null, message: /PDF/ },
    { what: 'an HTML page', text: '\n<!DOCTYPE html><html>', line: null, message: /HTML or XML/ },
    { what: 'an HTML page without a doctype', text: '<html><body>', line: null, message: /HTML or XML/ },
    { what: 'XML', text: '\ufeff<?xml version="1.0"?>', line: null, message: /HTML or XML/ },
    { what: 'a JSON object', text: '{ "id": 1 }', line: null, message: /JSON/ },
    { what: 'a JSON array', text: '[\n {"id": 1, "name": "A"}]', line: null, message: /JSON/ },
    { what: 'a NUL character', text: 'id,name\n1,A\n2,"B\n\0"', line: 4, message: /NUL/ },
    {
      what: 'rows with another separator than the header',
      text: 'id,name,status\n1,A,1\n2;"B, ;b";1\n3;C;0',
      line: 3,
      message: /separated by semicolons, but the header by commas/,
    },
    {
      what: 'quoted rows with another separator than the header',
      text: 'id;name\n"1"\t"A"\n"2"\t"B"\n',
      line: 2,
      message: /separated by tabs, but the header by semicolons/,
    },
  ])('is thrown for $what, with line and remedy', async ({ text, line, message }) => {
    const error = await textErrorOf(text);
    expect(error.line).toBe(line);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith('Line ')).toBe(line !== null);
    expect(error).toMatchObject({ name: 'FileError' });
  });

  it('quotes at most 20 cells of a header, shortened', async () => {
    const error = await textErrorOf(`${Array.from({ length: 50 }, () => 'x'.repeat(500)).join(',')}\n1`);
    expect(error.message).toContain('and 30 more');
    expect(error.message.length).toBeLessThan(2000);
  });

  it.each(['[id],name\n1,A', '{id},name\n1,A'])(
    'does not take a header with brackets for JSON: %s',
    async (text) => {
      expect((await readSegments(text)).rows).toMatchObject([{ ids: [{ id: '1' }], name: 'A' }]);
    },
  );

  it('is thrown for one file row more than allowed, with its line', async () => {
    const rows = Array.from({ length: MAX_FILE_ROWS }, (_, index) => `${index},N\n`).join('');
    const full = await readSegments(`id,name\n\n${rows}\n\n`);
    expect(full.rows).toHaveLength(200_000);
    expect(full.rows.at(-1)).toMatchObject({ line: 200_002, ids: [{ id: '199999' }], name: 'N' });

    const error = await textErrorOf(`id,name\n\n${rows}x,N\n`);
    expect(error).toBeInstanceOf(FileError);
    expect(error.line).toBe(200_003);
    expect(error.message).toMatch(/200,000.*Split/);
  });
});
