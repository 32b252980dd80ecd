import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser } from './browser.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3), destination(315, 1)),
  passwordCustomer('globex', destination(700, 1)),
];
const ACCESS = {
  access: {
    apiKeys: [
      entryOf('editor-key', 'editor', 'all', ['read', 'import']),
      entryOf('reader-key', 'reader', ['acme'], ['read']),
      entryOf('box-key', 'box', 'all', ['import']),
      entryOf('refresh-key', 'refresher', 'all', ['refresh']),
    ],
  },
};

describe.skipIf(installedBrowser === null)(needing('imports', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: ACCESS,
      headers: { 'x-api-key': 'editor-key' },
    });
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const importFile = async (place: string, fileName: string, body: string): Promise<string> => {
    const response = await gateway.fetch(
      `/import/${place}?skipBad=1&fileName=${encodeURIComponent(fileName)}`,
      {
        method: 'POST',
        body,
      },
    );
    return ((await response.json()) as { importId: string }).importId;
  };

  it('are listed with what came of them, and can be filtered by their destination', async () => {
    await using empty = await browser.open(gateway, '/imports', { key: 'editor-key' });
    await empty.page.getByText('No file was loaded yet').waitFor();
    await empty.expectAccessible();
    await importFile('acme/314', 'first.csv', 'sid,name\n5001,Loyal\n5999,New\nx,Bad\n');
    await importFile('globex/700', 'second \u202egnp.csv', 'sid,name\n5001,Other\n');
    await using opened = await browser.open(gateway, '/imports', { key: 'editor-key' });
    const { page } = opened;
    const rows = page.getByRole('table', { name: 'Imports' }).getByRole('row');
    await rows.nth(2).waitFor();
    expect(await rows.nth(2).innerText()).toMatch(
      /first\.csv\s+now\s+editor\s+Destination 314\s+acme · 314\s+1 new · 1 renamed · 1 row with a mistake\s+In effect/,
    );
    await page.getByText('U+202E').waitFor();
    await opened.expectAccessible();
    await page.getByRole('combobox', { name: 'Destination' }).click();
    await page.getByRole('option', { name: /Destination 700/ }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await expect.poll(() => new URL(page.url()).search).toBe('?customer=globex&destination=700');
    await page.goto(`${gateway.gateway.url}/imports?customer=acme&destination=315`);
    await page.getByText('No file was loaded for this destination').waitFor();
  });

  it('are listed page by page, and the button for going back leads to the page before', async () => {
    for (let index = 0; index < 51; index += 1) {
      await importFile('acme/315', `file-${index}.csv`, `sid,name\n5001,Name ${index}\n`);
    }
    await using opened = await browser.open(gateway, '/imports?customer=acme&destination=315', {
      key: 'editor-key',
    });
    const { page } = opened;
    await page.getByText('1–50 of 51').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('51–51 of 51').waitFor();
    await page.getByRole('link', { name: 'file-0.csv' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'file-50.csv' }).waitFor();
  });

  it('are taken back, apart from what was changed since', async () => {
    const id = await importFile('acme/314', 'undone.csv', 'sid,name\n5002,Hats\n5003,Bags\n');
    await gateway.query(
      'mutation { setSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1003" }, name: "Better") { id } }',
    );
    await using opened = await browser.open(gateway, `/imports/${id}`, { key: 'editor-key' });
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'undone.csv' }).waitFor();
    await expect.poll(() => page.title()).toContain('Import of undone.csv');
    expect(await page.getByLabel('What was loaded').innerText()).toMatch(
      /By\s+editor\s+Destination\s+Destination 314 \(acme · 314\)/,
    );
    await opened.expectAccessible();
    await page.getByRole('button', { name: 'Take this import back' }).click();
    await page.getByRole('button', { name: 'No, leave it' }).click();
    await page.getByRole('button', { name: 'Take this import back' }).click();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText('1 segment is as it was before.').waitFor();
    const kept = page.getByRole('table', { name: 'Segments that stay as they are' }).getByRole('row').nth(1);
    expect(await kept.innerText()).toMatch(/1003\s+Better\s+editor changed it by hand/);
    // The reason is in English whatever the language of the page.
    expect(await kept.locator('[lang="en"]').innerText()).toContain('editor changed it by hand');
    await opened.expectAccessible();
    await page.getByRole('link', { name: 'All imports' }).click();
    await page.getByRole('row', { name: /undone\.csv .* Taken back/ }).waitFor();
    await page.getByRole('link', { name: 'undone.csv' }).click();
    await page.getByRole('heading', { name: 'Taken back now by editor' }).waitFor();
    await page.getByRole('button', { name: 'Take back what had stayed' }).click();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText(/cannot be taken back: it was changed since/).waitFor();
  });

  it('are not taken back by callers who may only read', async () => {
    const id = await importFile('acme/314', 'read.csv', 'sid,name\n5002,Read\n');
    await using opened = await browser.open(gateway, `/imports/${id}`, { key: 'reader-key' });
    const { page } = opened;
    await page.getByText('Your key may not take imports back').waitFor();
    expect(await page.getByRole('button', { name: /[Tt]ake/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'All imports' }).click();
    await page.getByRole('table', { name: 'Imports' }).waitFor();
    expect(await page.getByRole('link', { name: 'Load a file' }).count()).toBe(0);
    // Another customer's.
    expect(await page.getByText('globex').count()).toBe(0);
  });

  it('are taken back by callers who may not read, who are told the numbers', async () => {
    const id = await importFile('acme/314', 'box.csv', 'sid,name\n5002,Box\n');
    await using opened = await browser.open(gateway, `/imports/${id}`, { key: 'box-key' });
    const { page } = opened;
    await page.getByText('Your key may not see imports').waitFor();
    await opened.expectAccessible();
    await page.getByRole('button', { name: 'Take this import back' }).click();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText('1 segment is as it was before.').waitFor();
    await page.goto(`${gateway.gateway.url}/imports`);
    await page.getByText('Your key may not see imports').waitFor();
  });

  it('that do not exist have a page that says so', async () => {
    await using opened = await browser.open(gateway, '/imports/00000000-0000-4000-8000-000000000000', {
      key: 'editor-key',
    });
    await opened.page.getByText('There is no such import').waitFor();
    await opened.expectAccessible();
  });

  it('are in French and dark on a narrow screen', async () => {
    const id = await importFile('acme/314', 'noms.csv', 'sid,name\n5001,Noms\n');
    await using opened = await browser.open(gateway, '/imports', {
      key: 'editor-key',
      locale: 'fr-FR',
      width: 360,
      isDark: true,
    });
    const { page } = opened;
    await page.getByRole('link', { name: 'noms.csv' }).waitFor();
    await opened.expectAccessible();
    await page.goto(`${gateway.gateway.url}/imports/${id}`);
    await page.getByRole('button', { name: 'Annuler cet import' }).waitFor();
    expect(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
    ).toBe(true);
    await opened.expectAccessible();
  });
});
