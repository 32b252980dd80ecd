import { truncate, utimes, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { begun } from '../support/waiting.js';
import { TestBrowser, installedBrowser, type OpenOptions, type OpenPage } from './browser.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3), destination(315, 1))];
const EDITOR = entryOf('editor-key', 'editor', ['acme'], ['read', 'import']);
const OTHER = entryOf('other-key', 'other editor', ['acme'], ['read', 'import']);
const LATER = entryOf('later-key', 'editor', ['acme'], ['read', 'import']);
const READER = entryOf('reader-key', 'reader', ['acme'], ['read']);
const BOX = entryOf('box-key', 'box', ['acme'], ['import']);
const ACCESS = { access: { apiKeys: [EDITOR, OTHER, READER, BOX] } };

const LOAD = '/load?customer=acme&destination=314';
const NAMES = [
  'Our segments',
  'sid;name;description;owner',
  '5001;Loyal customers;;Jo',
  '5002;KÃ¤ufer;Bought shoes;Jo',
  '8092o;Mistyped;;',
  '5999;Newsletter readers;;',
  '',
].join('\n');

/** Chromium writes each answer with a status of 400 and more to the console, and each request without an answer. */
const REFUSED = [/status of 4\d\d/];
const LOST = [/ERR_FAILED|ERR_INTERNET_DISCONNECTED/];

interface GivenFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

describe.skipIf(installedBrowser === null)(needing('loading a file', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: ACCESS,
      headers: { 'x-api-key': 'editor-key' },
    });
    browser = await TestBrowser.start();
    folder = await TemporaryFolder.create();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  // Each test begins with what Audience Manager says.
  afterEach(async () => {
    await gateway.fetch('/import/acme/314?mode=REPLACE', { method: 'POST', body: 'mappingId,name\n1003,\n' });
  });

  const open = (path = LOAD, options: OpenOptions = {}): Promise<OpenPage> =>
    browser.open(gateway, path, { key: 'editor-key', ...options });

  const choose = (page: Page, { name, content }: GivenFile): Promise<void> =>
    page
      .getByLabel(/Drop the file here|Choose another file/)
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });

  const loadButton = (page: Page): ReturnType<Page['getByRole']> =>
    page.getByRole('button', { name: /^Load \d+ changes?$/ });

  const names = async (): Promise<unknown> => {
    const query = `{ segments(customerId: "acme", destinationId: "314", idType: SID,
      segmentIds: ["5001", "5002", "5003", "5999"]) { name } }`;
    const { data } = await gateway.query(query);
    return (data!['segments'] as ({ name: string } | null)[]).map((segment) => segment?.name ?? null);
  };

  const imports = async (): Promise<{ id: string; fileName: string; by: string }[]> => {
    const { data } = await gateway.query('{ imports { nodes { id fileName by } } }');
    return (data!['imports'] as { nodes: { id: string; fileName: string; by: string }[] }).nodes;
  };

  const ofFile = async (name: string): Promise<number> =>
    (await imports()).filter(({ fileName }) => fileName === name).length;

  it('shows what would change and what is wrong, loads the good rows, and takes them back', async () => {
    await using opened = await open();
    const { page } = opened;
    await choose(page, { name: 'names.csv', content: NAMES });
    await loadButton(page).waitFor();
    const figures = page.getByLabel('What came of it');
    expect(await figures.innerText()).toMatch(/new\s+1\s+renamed\s+2\s+changed otherwise\s+0/);
    const mistakes = page.getByRole('table', { name: '1 row with a mistake' });
    expect(await mistakes.getByRole('row').nth(1).innerText()).toMatch(/^5\s.*8092o/s);
    const suspicious = page.getByRole('table', { name: '1 suspicious row' });
    expect(await suspicious.getByRole('row').nth(1).innerText()).toMatch(/^4\s.*KÃ¤ufer/s);
    const changes = page.getByRole('table', { name: '3 changes' });
    expect(await changes.getByRole('row').nth(1).innerText()).toMatch(
      /1001\s+Renamed\s+Segment 1\s+Loyal customers\s+3/,
    );
    expect(await changes.getByRole('row').nth(3).innerText()).toMatch(
      /sid:5999\s+New\s+–\s+Newsletter readers\s+6/,
    );
    await page.getByText(/line 1 was skipped: "Our segments"/).waitFor();
    expect(await page.getByLabel('Columns of the file').innerText()).toMatch(
      /sid\s+segment ID \(sid\)\s+name\s+name\s+description\s+description\s+owner\s+not used/,
    );
    await opened.expectAccessible();

    expect(await loadButton(page).isDisabled()).toBe(true);
    expect(await names()).toEqual(['Segment 1', 'Segment 2', 'Segment 3', null]);
    await page.getByLabel('Leave out the row with a mistake').check();
    await loadButton(page).dblclick();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect(await names()).toEqual(['Loyal customers', 'KÃ¤ufer', 'Segment 3', 'Newsletter readers']);
    expect(await ofFile('names.csv')).toBe(1);
    await opened.expectAccessible();

    await page.getByRole('button', { name: 'Take this import back' }).click();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText('3 segments are as they were before.').waitFor();
    expect(await names()).toEqual(['Segment 1', 'Segment 2', 'Segment 3', null]);
    await page.getByRole('button', { name: 'Load another file' }).click();
    await page.getByText('Drop the file here, or choose it').waitFor();
  });

  it('says so where only the first of many changes and mistakes are listed', async () => {
    await using opened = await open();
    const { page } = opened;
    const rows = Array.from({ length: 1_100 }, (_, index) => `${70_000 + index},KÃ¤ufer\nbad-${index},Bad`);
    await choose(page, { name: 'long.csv', content: `sid,name\n${rows.join('\n')}\n` });
    await page.getByRole('heading', { name: '1,100 changes' }).waitFor();
    await page.getByRole('heading', { name: '1,100 rows with mistakes' }).waitFor();
    await page.getByRole('heading', { name: '1,000 suspicious rows, or more' }).waitFor();
    await page.getByRole('button', { name: 'Download the first 1,000 mistakes' }).waitFor();
    expect(await page.getByRole('button', { name: 'Show the first 1,000', exact: true }).count()).toBe(2);
    const download = begun(page.waitForEvent('download'));
    await page.getByRole('button', { name: 'Download the first 1,000 changes' }).click();
    expect((await download).suggestedFilename()).toBe('long.csv – first 1,000 changes.csv');
  });

  it('reads the sheet of a workbook that is chosen', async () => {
    const content = await writeXlsx({
      sheets: [
        { name: 'Read me', rows: [['List of May'], ['Ask Jo']] },
        {
          name: 'List',
          rows: [
            ['SID', 'Segment Name'],
            [5001, 'From a sheet'],
          ],
        },
      ],
    });
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    await choose(page, { name: 'names.xlsx', content });
    await page.getByText('The sheet “Read me” was read.').waitFor();
    await opened.expectAccessible();
    await page.getByRole('combobox', { name: 'Sheet' }).selectOption('List');
    await page.getByRole('row', { name: /1001 Renamed Segment 1 From a sheet/ }).waitFor();
    await loadButton(page).click();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect((await names()) as string[]).toContain('From a sheet');
  });

  it('lets the columns be chosen where they are not clear', async () => {
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    const content = gzipSync('Nr,Segment,Bezeichner\n1,5001,By its own column\n');
    await choose(page, { name: 'unclear.csv.gz', content });
    await page.getByText('It is not clear which columns hold the IDs and the names').waitFor();
    await page.getByLabel('Column of IDs').selectOption('Segment');
    await page.getByLabel('Column of names').selectOption('Bezeichner');
    await page.getByLabel('What the IDs are').selectOption('segment ID (sid)');
    await page.getByRole('row', { name: /1001 Renamed Segment 1 By its own column/ }).waitFor();
  });

  it('says beforehand which names a replacement takes away', async () => {
    await gateway.fetch('/import/acme/314', { method: 'POST', body: 'sid,name\n5001,Before\n5002,Stays\n' });
    await using opened = await open();
    const { page } = opened;
    await choose(page, { name: 'whole.csv', content: 'sid,name\n5002,Stays\n' });
    await page.getByText('Nothing would change').waitFor();
    expect(await loadButton(page).isDisabled()).toBe(true);
    await page.getByLabel(/They are taken away/).check();
    await page.getByRole('row', { name: /1001 Taken away Before Segment 1/ }).waitFor();
    await page.getByText('1 name given by hand is taken away.').waitFor();
    await loadButton(page).click();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect(await names()).toEqual(['Segment 1', 'Stays', 'Segment 3', null]);
  });

  it.each([
    ['empty', { name: 'empty.csv', content: '' }, /^The file is empty$/],
    ['of another kind', { name: 'names.csv', content: '%PDF-1.7\n%abc\n' }, /This is a PDF file/],
    [
      'of another destination',
      { name: 'export.csv', content: 'customerId,destinationId,sid,name\nglobex,7,5001,Theirs\n' },
      /export of destination "7"/,
    ],
  ])('says what is wrong with a file that is %s, and takes another', async (_what, file, words) => {
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    await choose(page, file);
    await page.getByText(words).first().waitFor();
    await opened.expectAccessible();
    await choose(page, { name: 'good.csv', content: 'sid,name\n5001,Good\n' });
    await loadButton(page).waitFor();
    expect(await page.getByText(words).count()).toBe(0);
  });

  it('loads the export of another destination only if that is said', async () => {
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    const content = 'customerId,destinationId,sid,name\nglobex,7,5001,Theirs\n';
    await choose(page, { name: 'export.csv', content });
    await page.getByLabel(/Load it here all the same/).check();
    await page.getByRole('row', { name: /1001 Renamed Segment 1 Theirs/ }).waitFor();
  });

  it('does not send a file that is too large', async () => {
    await using opened = await open();
    const { page } = opened;
    const path = await folder.write('large.csv', 'sid,name\n');
    await truncate(path, 64 * 1024 * 1024 + 1);
    const sent: string[] = [];
    page.on('request', (request) => request.url().includes('/import/') && sent.push(request.url()));
    await page.getByLabel('Drop the file here').setInputFiles(path);
    await page.getByText('The file is too large').waitFor();
    await page.getByText(/It has 64 MB; at most 64 MB/).waitFor();
    expect(sent).toEqual([]);
  });

  it('notices that the file was changed after the preview, and has kept what the preview showed', async () => {
    await using opened = await open();
    const { page } = opened;
    const path = await folder.write('changing.csv', 'sid,name\n5001,As previewed\n');
    await page.getByLabel('Drop the file here').setInputFiles(path);
    await loadButton(page).waitFor();
    await writeFile(path, 'sid,name\n5001,As changed\n');
    await utimes(path, 1, 1);
    await loadButton(page).click();
    await page.getByText('The file was changed on the disk after the preview').waitFor();
    await opened.expectAccessible();
    expect(await names()).toEqual(['Segment 1', 'Segment 2', 'Segment 3', null]);
    await page.getByRole('button', { name: 'Load what the preview shows' }).click();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect((await names()) as string[]).toContain('As previewed');
  });

  it('goes on where it was when the key is taken away in mid-session', async () => {
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    await choose(page, { name: 'session.csv', content: 'sid,name\n5001,Signed in again\n' });
    await loadButton(page).waitFor();
    try {
      gateway.reload({ access: { apiKeys: [LATER] } });
      await loadButton(page).click();
      await page.getByLabel('Key or token').fill('later-key');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    } finally {
      gateway.reload(ACCESS);
    }
    expect(await imports()).toContainEqual(
      expect.objectContaining({ fileName: 'session.csv', by: 'editor' }),
    );
    expect(await ofFile('session.csv')).toBe(1);
  });

  it('imports nothing in the name of another person who signs in over it, and shows them no file', async () => {
    await using opened = await open(LOAD, { expected: REFUSED });
    const { page } = opened;
    await choose(page, { name: 'of-the-editor.csv', content: 'sid,name\n5001,Not by me\n' });
    await loadButton(page).waitFor();
    try {
      gateway.reload({ access: { apiKeys: [OTHER] } });
      await loadButton(page).click();
      await page.getByLabel('Key or token').fill('other-key');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('other editor', { exact: true }).waitFor();
      await page.getByLabel('Drop the file here').waitFor();
      expect(await page.getByText('of-the-editor.csv').count()).toBe(0);
    } finally {
      gateway.reload(ACCESS);
    }
    expect(await ofFile('of-the-editor.csv')).toBe(0);
  });

  it('says so when the destination is removed from the configuration, and keeps the file', async () => {
    await using opened = await open('/load?customer=acme&destination=999', { expected: REFUSED });
    const { page } = opened;
    await page.getByText('There is no such destination any more').waitFor();
    await choose(page, { name: 'kept.csv', content: 'sid,name\n5001,Kept\n' });
    await page.getByText('There is no such thing here').waitFor();
    await page.getByRole('combobox', { name: 'Destination' }).click();
    await page.getByRole('combobox', { name: 'Destination' }).fill('314');
    await page.getByRole('option', { name: /Destination 314/ }).click();
    await page.getByRole('row', { name: /1001 Renamed Segment 1 Kept/ }).waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe('?customer=acme&destination=314');
  });

  it('finds out what became of an import whose answer was lost, and does not send it again', async () => {
    await using opened = await open(LOAD, { expected: LOST });
    const { page } = opened;
    await choose(page, { name: 'lost.csv', content: 'sid,name\n5001,Stored\n' });
    await loadButton(page).waitFor();
    await page.route('**/import/**', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await loadButton(page).click();
    await page.getByText('The answer was lost, but the list of imports has the file.').waitFor();
    expect(await ofFile('lost.csv')).toBe(1);
    await page.getByRole('button', { name: 'Take this import back' }).waitFor();
  });

  it('can be stopped, knows that nothing was loaded, and loads it when it is told to', async () => {
    await using opened = await open(LOAD, { expected: LOST });
    const { page } = opened;
    await choose(page, { name: 'stopped.csv', content: 'sid,name\n5001,Stopped\n' });
    await loadButton(page).waitFor();
    await page.route('**/import/**', () => undefined);
    await loadButton(page).click();
    await page.getByRole('progressbar', { name: 'Sending the file …' }).waitFor();
    await opened.expectAccessible();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('The file was not loaded').waitFor();
    await opened.expectAccessible();
    expect(await ofFile('stopped.csv')).toBe(0);
    await page.unroute('**/import/**');
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect(await ofFile('stopped.csv')).toBe(1);
  });

  it('previews the file by itself when the gateway is back', async () => {
    await using opened = await open(LOAD, { expected: LOST });
    const { page } = opened;
    await page.route('**/import/**', (route) => route.abort());
    await choose(page, { name: 'back.csv', content: 'sid,name\n5001,Back\n' });
    await page.getByText('The gateway does not answer', { exact: true }).waitFor();
    await page.unroute('**/import/**');
    await page.getByRole('row', { name: /1001 Renamed Segment 1 Back/ }).waitFor();
  });

  it('takes a file that is dropped on the page, and keeps it while another view is looked at', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByText('Drop the file here, or choose it').waitFor();
    const files = await page.evaluateHandle(`(() => {
      const files = new DataTransfer();
      files.items.add(new File(['sid,name\\n5001,Dropped\\n'], 'dropped <b>.csv'));
      files.items.add(new File(['x'], 'second.csv'));
      return files;
    })()`);
    await page.dispatchEvent('h1', 'drop', { dataTransfer: files });
    await page.getByRole('row', { name: /1001 Renamed Segment 1 Dropped/ }).waitFor();
    await page.getByText('dropped <b>.csv', { exact: true }).waitFor();
    await page.getByText('One file at a time').waitFor();
    await page.getByRole('link', { name: 'Imports' }).click();
    await page.getByRole('heading', { level: 1, name: 'Imports' }).waitFor();
    await page.getByRole('link', { name: 'Load a file' }).first().click();
    await page.getByRole('row', { name: /1001 Renamed Segment 1 Dropped/ }).waitFor();
  });

  it('says in plain words that the permission is missing', async () => {
    await using opened = await open(LOAD, { key: 'reader-key' });
    const { page } = opened;
    await page.getByText('Your key may not load files').waitFor();
    expect(await page.getByLabel('Drop the file here').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Load a file' }).count()).toBe(0);
    await opened.expectAccessible();
  });

  it('serves callers who may load files and not read', async () => {
    await using opened = await open('/load', { key: 'box-key' });
    const { page } = opened;
    await page.getByLabel('Customer').fill('acme');
    await page.getByLabel('Destination ID').fill('314');
    await page.keyboard.press('Tab');
    await choose(page, { name: 'box.csv', content: 'sid,name\n5001,From a box\n' });
    await page.getByText('Your key may not read names').waitFor();
    await page.getByRole('button', { name: 'Load the file' }).click();
    await page.getByRole('heading', { name: 'The names are loaded' }).waitFor();
    expect((await names()) as string[]).toContain('From a box');
    await page.getByRole('button', { name: 'Take this import back' }).click();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText('1 segment is as it was before.').waitFor();
  });

  it('is in French and dark on a narrow screen', async () => {
    await using opened = await open(LOAD, { locale: 'fr-FR', width: 360, isDark: true });
    const { page } = opened;
    await page
      .getByLabel('Déposez le fichier ici')
      .setInputFiles({ name: 'noms.csv', mimeType: 'text/csv', buffer: Buffer.from(NAMES) });
    await page.getByRole('button', { name: 'Charger 3 changements' }).waitFor();
    await page.getByRole('heading', { name: '1 ligne avec une erreur' }).waitFor();
    expect(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
    ).toBe(true);
    await opened.expectAccessible();
  });
});
