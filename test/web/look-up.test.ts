import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { needing } from '../support/programs.js';
import { begun } from '../support/waiting.js';
import { TestBrowser, installedBrowser, type OpenPage } from './browser.js';

/** As long as a name may be. */
const LONG = `${'Long name '.repeat(99)}the end`;

const SIMULATED = [
  passwordCustomer('acme', destination(314, 300, { name: 'Acme network' })),
  passwordCustomer(
    'globex',
    destination(400, 0, {
      name: 'Globex exchange',
      mappings: [
        { mappingId: 1001, sid: 7001, name: 'Same number' },
        { mappingId: 701, sid: 7701, name: '<script>document.title = "run"</script>' },
        { mappingId: 702, sid: 7702, name: 'photo\u202egnp.exe' },
        { mappingId: 703, sid: 7703, name: 'حملة العيد' },
        { mappingId: 704, sid: 7704, name: LONG },
        { mappingId: 705, sid: 7705, name: '=HYPERLINK("http://evil.example")' },
        { mappingId: 706, sid: 7706, name: null, alias: 'alias-only' },
      ],
    }),
  ),
];

const MESSAGE = JSON.stringify(
  {
    ProcessTime: 'Wed Jul 27 16:17:42 UTC 2016',
    AAM_Destination_Id: '314',
    Users: [{ Segments: [{ Segment_ID: '1001', Status: '1' }], Removed_Segments: ['1002'] }],
  },
  null,
  2,
);

/** As the API tells of a destination that could not be looked into. */
const UNREAD = {
  __typename: 'Destination',
  id: 'unread',
  destinationId: '314',
  name: 'Acme network',
  customer: { __typename: 'Customer', id: 'acme', name: 'acme' },
};

describe.skipIf(installedBrowser === null)(needing('looking IDs up', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED });
    browser = await TestBrowser.start();
    // All destinations are read once, as after a while in service.
    await gateway.query('{ findSegments(segmentIds: ["1"]) { results { segmentCount } } }');
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const paste = async ({ page }: OpenPage, text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'IDs' }).fill(text);
  };
  const rowOf = (page: Page, id: string): Locator =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: id, exact: true }) });

  it('shows names, and what is ambiguous or unknown in plain words', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await page.getByText('Nothing is looked up yet').waitFor();
    await paste(opened, '1001, 1002\n999\n1002');
    await page.getByRole('button', { name: '1 found' }).waitFor();
    await page.getByText('3 IDs', { exact: true }).waitFor();
    const found = page.getByRole('row').filter({ hasText: 'Segment 2' });
    expect((await found.innerText()).split(/\s*[\t\n]\s*/)).toEqual([
      '1002 2 times',
      'Segment 2',
      'Active',
      'mapping ID',
      'Acme network',
      'acme',
      'read now',
    ]);
    await page.getByText('Stands for one of 2 segments:').waitFor();
    expect(await page.getByRole('link', { name: 'Same number' }).count()).toBe(1);
    expect(await page.getByRole('link', { name: 'Segment 1', exact: true }).count()).toBe(1);
    expect(await rowOf(page, '999').innerText()).toContain(
      'No destination has this ID, as it was read last.',
    );
    await page.getByText('choose the destination that it comes from').waitFor();
    await page.getByText('Choose the destination that the ID comes from').waitFor();
    await opened.expectAccessible();
  });

  it('shows those that need attention alone', async () => {
    await using opened = await browser.open(gateway, '/?ids=1002%0A999%0A1003');
    const { page } = opened;
    await page.getByRole('button', { name: '1 unknown' }).click();
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['999']);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['1002', '999', '1003']);
  });

  it('says that no segment has an ID where its destination was read for it', async () => {
    await using opened = await browser.open(gateway, '/?ids=999&customer=acme&destination=314');
    await opened.page.getByRole('button', { name: '1 unknown' }).waitFor();
    expect(await rowOf(opened.page, '999').innerText()).toContain('No segment has this ID.');
    await opened.page.getByText('that it is from this destination').waitFor();
  });

  it('says what is wrong with an ID of which answers repeat only the beginning', async () => {
    for (const path of ['/', '/?customer=acme&destination=314']) {
      await using opened = await browser.open(gateway, path);
      await paste(opened, `1002\n${'9'.repeat(1_001)}`);
      await opened.page.getByRole('button', { name: '1 failed' }).waitFor();
      await opened.page.getByRole('button', { name: '1 found' }).waitFor();
    }
  });

  it('looks in one destination if the person chooses it, and has that in the address', async () => {
    await using opened = await browser.open(gateway, '/?ids=1001');
    const { page } = opened;
    await page.getByText('Stands for one of 2 segments:').waitFor();
    await page.getByRole('combobox', { name: 'Destination' }).click();
    await page.getByRole('combobox', { name: 'Destination' }).fill('globex exch');
    await page.getByRole('option', { name: 'Globex exchange' }).click();
    await page.getByRole('button', { name: '1 found' }).waitFor();
    expect(await rowOf(page, '1001').innerText()).toContain('Same number');
    await expect.poll(() => new URL(page.url()).search).toBe('?ids=1001&customer=globex&destination=400');
    await page.goBack();
    await page.getByText('Stands for one of 2 segments:').waitFor();
  });

  it('can be mailed as a link, and is still there after a look at another view', async () => {
    await using opened = await browser.open(gateway, '/?ids=1002&customer=acme&destination=314');
    const { page } = opened;
    await page.getByRole('link', { name: 'Segment 2', exact: true }).waitFor();
    expect(await page.getByRole('textbox', { name: 'IDs' }).inputValue()).toBe('1002');
    await paste(opened, '1002 1003');
    await expect.poll(() => page.url()).toContain('ids=1002%0A1003');
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor();
    await page.getByRole('link', { name: 'Look up' }).click();
    await page.getByRole('link', { name: 'Segment 3', exact: true }).waitFor();
    expect(await page.getByRole('textbox', { name: 'IDs' }).inputValue()).toBe('1002 1003');
  });

  it('reads a whole message, for its destination', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await paste(opened, MESSAGE);
    await page.getByText('2 IDs of a message').waitFor();
    await page.getByText('The IDs are from a message for destination 314').waitFor();
    await page.getByRole('button', { name: '2 found' }).waitFor();
    // Whoever opens the link sees the same.
    await expect.poll(() => new URL(page.url()).search).toBe('?ids=1001%0A1002&destination=314');
    await page.reload();
    await page.getByRole('button', { name: '2 found' }).waitFor();
    await page.getByRole('button', { name: 'Look in all destinations instead' }).click();
    await page.getByRole('button', { name: '1 ambiguous' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: '1 ambiguous' }).waitFor();
  });

  it('reads rows of a sheet, and lets the person choose another column', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await paste(opened, 'Segment ID\tUsers\n1002\t1003\n1004\t1005');
    await page.getByText('2 IDs of a table').waitFor();
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['1002', '1004']);
    await page.getByLabel('IDs are in the column').selectOption('Users');
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['1003', '1005']);
  });

  it('reads lines of a file', async () => {
    await using opened = await browser.open(gateway, '/');
    await paste(opened, '19393572368547369350319949416899715727 1002,1003 1004');
    await opened.page.getByText('3 IDs of lines of a file').waitFor();
    await opened.page.getByRole('button', { name: '3 found' }).waitFor();
  });

  it('shows hostile names as text', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await paste(opened, '701 702 703 704 706');
    await page.getByRole('link', { name: '<script>document.title = "run"</script>' }).waitFor();
    expect(await page.title()).not.toBe('run');
    expect(await page.getByRole('link', { name: 'photo' }).innerText()).toBe('photoU+202Egnp.exe');
    expect(await page.locator('bdi', { hasText: 'حملة' }).count()).toBe(1);
    expect(await rowOf(page, '706').innerText()).toContain('alias-only no name');
    const long = rowOf(page, '704').locator('bdi', { hasText: 'Long name' });
    expect((await long.innerText()).length).toBeLessThan(300);
    await page.getByRole('button', { name: 'Show all' }).click();
    expect((await long.innerText()).trim()).toBe(LONG);
    await opened.expectAccessible();
  });

  it('saves and copies a table without formulas', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await paste(opened, '705 1001 999');
    await page.getByRole('button', { name: '1 ambiguous' }).waitFor();
    const saving = begun(page.waitForEvent('download'));
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('segment-names.csv');
    const lines = (await readFile(await saved.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toMatch(/^\ufeffID,Name,Outcome,Status,Found as,Customer,/);
    expect(lines[1]).toMatch(
      /^705,"'=HYPERLINK\(""http:\/\/evil.example""\)",found,Active,mapping ID,globex,/,
    );
    expect(lines.slice(2).map((line) => line.split(',').slice(0, 3).join())).toEqual([
      '1001,Segment 1,ambiguous',
      '1001,Same number,ambiguous',
      '999,,unknown',
      '',
    ]);
    await page.getByRole('button', { name: 'Copy as a table' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied.split('\n')[1]).toMatch(/^705\t'=HYPERLINK\("http:\/\/evil.example"\)\tfound\t/);
  });

  it('looks hundreds of IDs up, and shows the first ones of them at first', async () => {
    await using opened = await browser.open(gateway, '/?customer=acme&destination=314');
    const { page } = opened;
    const ids = Array.from({ length: 300 }, (_, index) => String(1001 + index));
    await paste(opened, ids.join('\n'));
    await page.getByRole('button', { name: '300 found' }).waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(200);
    await page.getByRole('button', { name: 'Show 100 more' }).click();
    await expect.poll(() => page.getByRole('rowheader').count()).toBe(300);
    expect(page.url()).not.toContain('ids=');
    await page.getByText('These are too many IDs for a link').waitFor();
  });

  it('goes on where a long look-up was refused, and offers no table before it is complete', async () => {
    await using opened = await browser.open(gateway, '/?customer=acme&destination=314', {
      expected: [/status of 500/],
    });
    const { page } = opened;
    const asked: number[] = [];
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/graphql', async (route) => {
      const body = route.request().postDataJSON() as { variables?: { keys?: unknown[] } };
      const keys = body.variables?.keys;
      if (keys === undefined) {
        await route.continue();
        return;
      }
      asked.push(keys.length);
      if (asked.length === 1) await held;
      if (asked.length === 2) {
        await route.fulfill({ status: 500, json: { errors: [] } });
        return;
      }
      await route.continue();
    });
    await paste(opened, Array.from({ length: 300 }, (_, index) => String(1001 + index)).join('\n'));
    const download = page.getByRole('button', { name: 'Download CSV' });
    await page.getByText('Looking up … 0 of 300').waitFor();
    expect(await download.isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Copy as a table' }).isDisabled()).toBe(true);
    goOn();
    await page.getByText('Something went wrong in the gateway').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: '300 found' }).waitFor();
    expect(asked).toEqual([200, 100, 100]);
    await expect.poll(() => download.isDisabled()).toBe(false);
  });

  it('offers what is typed to a picker, and not what was found for an earlier text', async () => {
    await using opened = await browser.open(gateway, '/', { expected: [/status of 503/] });
    const { page } = opened;
    const picker = page.getByRole('combobox', { name: 'Destination' });
    await picker.click();
    await page.getByRole('option', { name: 'Acme network' }).waitFor();
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/graphql', async (route) => {
      await held;
      await route.continue();
    });
    await picker.fill('globex exch');
    await page.getByText('Loading …').waitFor();
    await picker.press('Enter');
    expect(await picker.inputValue()).toBe('globex exch');
    goOn();
    const options = page.getByRole('listbox', { name: 'Destination' }).getByRole('option');
    await expect.poll(() => options.count()).toBe(1);
    await picker.press('Enter');
    await expect.poll(() => page.url()).toContain('customer=globex&destination=400');
    await page.unrouteAll();
    const errors = [{ message: 'No answer', extensions: { code: 'STORAGE_UNAVAILABLE' } }];
    await page.route('**/graphql', (route) => route.fulfill({ status: 503, json: { errors } }));
    await picker.fill('nothing of it');
    await page.getByText('The gateway’s database does not answer').waitFor();
    expect(await page.getByText('Nothing of that name.').count()).toBe(0);
  });

  it('looks again into what was read while further IDs were looked up', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    const sizes: number[] = [];
    await page.route('**/graphql', async (route) => {
      const { variables } = route.request().postDataJSON() as { variables?: { ids?: string[] } };
      const asked = variables?.ids;
      if (asked === undefined) {
        await route.continue();
        return;
      }
      sizes.push(asked.length);
      if (sizes.length > 1) {
        await route.continue();
        return;
      }
      // As on the first question after a start, when the destination is still being read.
      const results = asked.map((segmentId) => ({
        __typename: 'SegmentFinding',
        segmentId,
        segmentCount: 0,
        matchCount: 0,
        matches: [],
        error: null,
      }));
      const unread = [UNREAD];
      const findSegments = { __typename: 'SegmentFindings', results, unread };
      await route.fulfill({ json: { data: { findSegments } } });
    });
    const ids = Array.from({ length: 299 }, (_, index) => String(1002 + index));
    await page.getByRole('textbox', { name: 'IDs' }).fill(ids.join('\n'));
    await page.getByRole('button', { name: '299 found' }).waitFor();
    expect(sizes).toEqual([200, 99, 200]);
    expect(await page.getByText('could not be looked into').count()).toBe(0);
  });

  it('waits and tries again by itself if the gateway asks for that', async () => {
    await using opened = await browser.open(gateway, '/', { expected: [/429/] });
    const { page } = opened;
    await page.getByRole('textbox', { name: 'IDs' }).waitFor();
    const errors = [{ message: 'Rate limit exceeded', extensions: { code: 'RATE_LIMITED' } }];
    await page.route('**/graphql', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: { errors } }),
    );
    await paste(opened, '1002');
    await page.getByText('Too much at once').waitFor();
    await page.unrouteAll();
    await page.getByRole('link', { name: 'Segment 2', exact: true }).waitFor();
    expect(await page.getByText('Too much at once').count()).toBe(0);
  });

  it('is in French too, with names as they are', async () => {
    await using opened = await browser.open(gateway, '/?ids=1002%0A999', { locale: 'fr-FR', width: 360 });
    const { page } = opened;
    await page.getByRole('button', { name: '1 trouvé' }).waitFor();
    await page.getByRole('link', { name: 'Segment 2', exact: true }).waitFor();
    expect(await rowOf(page, '999').innerText()).toContain('Aucune destination n’a cet identifiant');
    await opened.expectAccessible();
  });
});

describe.skipIf(installedBrowser === null)(
  needing('looking IDs up where not all destinations can be read', { chromium: installedBrowser }),
  () => {
    it('says that nobody can know, on the page and in the table that is saved', async () => {
      await using gateway = await TestGateway.start({
        simulated: [
          passwordCustomer(
            'acme',
            destination(314, 3, { name: 'Acme network' }),
            destination(401, 1, { name: 'Acme secret', forbidden: true }),
          ),
        ],
      });
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(gateway, '/?ids=1002%0A999');
      const { page } = opened;
      await page.getByText('One destination could not be looked into.').waitFor();
      const link = page.getByRole('listitem').getByRole('link');
      expect(await link.getAttribute('href')).toBe('/destinations/acme/401');
      await page.getByRole('link', { name: 'Segment 2', exact: true }).waitFor();
      await page.getByText('Not in the destinations that could be looked into.').waitFor();
      await page.getByRole('button', { name: '1 not checked' }).waitFor();
      expect(await page.getByRole('button', { name: /unknown/ }).count()).toBe(0);
      await opened.expectAccessible();
      const saving = begun(page.waitForEvent('download'));
      await page.getByRole('button', { name: 'Download CSV' }).click();
      const lines = (await readFile(await (await saving).path(), 'utf8')).split('\r\n').slice(1, 3);
      expect(lines.map((line) => line.split(',').slice(0, 3).join())).toEqual([
        '1002,Segment 2,found (not all destinations could be looked into)',
        '999,,not checked',
      ]);
    });
  },
);
