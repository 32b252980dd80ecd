import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, configTextFor, type TestCustomer } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { begun } from '../support/waiting.js';
import { TestBrowser, installedBrowser, type OpenOptions, type OpenPage } from './browser.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const READER = 'key-of-somebody-who-reads';
const HAND = 'key-of-somebody-who-refreshes-and-imports';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202egnp.exe';

const SIMULATED = [
  passwordCustomer(
    'acme',
    destination(314, 120, { name: 'Acme network' }),
    destination(315, 1, { name: 'Acme closed', forbidden: true }),
    destination(316, 2, {
      name: `Acme ${HOSTILE}`,
      type: 'PUSH',
      mappings: [
        { mappingId: 31, sid: 9001, name: HOSTILE },
        { mappingId: 32, sid: 9002, name: `Long ${'name '.repeat(1_000)}` },
      ],
    }),
    destination(317, 5, { name: 'Acme passing' }),
    destination(318, 4, { name: 'Acme unread' }),
  ),
];

const CUSTOMERS: TestCustomer[] = [
  {
    id: 'acme',
    name: 'Acme Retail',
    destinations: [314, 315, 316, 317, 318].map((id) => ({ id })),
  },
  {
    id: 'initech',
    name: 'Initech',
    credentials: null,
    destinations: [{ id: 900, name: 'Initech CRM', type: 'SERVER_TO_SERVER', segmentIdType: 'AUTO' }],
  },
];

const PATH = '/destinations/acme/314';

/** Runs axe once nothing is awaited any more: what appears is pale at first. */
async function expectAccessible(opened: OpenPage): Promise<void> {
  await expect.poll(() => opened.page.locator('.loading, [data-earlier="true"]').count()).toBe(0);
  await opened.expectAccessible();
}

describe.skipIf(installedBrowser === null)(needing('one destination', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED, customers: CUSTOMERS });
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const open = (path: string, options: OpenOptions = {}): Promise<OpenPage> =>
    browser.open(gateway, path, options);
  const table = ({ page }: OpenPage) => page.getByRole('table', { name: /Segments of|Segments de/ });
  /** The names on the page of the table, after the number of rows is as expected. */
  const namesOn = async (opened: OpenPage, count: number): Promise<string[]> => {
    await expect.poll(() => table(opened).getByRole('rowheader').count()).toBe(count);
    return (await table(opened).getByRole('rowheader').getByRole('link').allTextContents()).map((name) =>
      name.trim(),
    );
  };
  const queryOf = ({ page }: OpenPage): Record<string, string> =>
    Object.fromEntries(new URL(page.url()).searchParams);

  it('says what kind of destination it is, and how current', async () => {
    await using opened = await open(PATH);
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'Acme network' }).waitFor();
    await page.getByText('What 314 is for').waitFor();
    await page.getByText('Server to server', { exact: true }).waitFor();
    await page.getByText(/Audiences that are built over hours or days/).waitFor();
    await page.getByText('Fresh', { exact: true }).waitFor();
    await page.getByText(/^read now|^read \d/).waitFor();
    await page.getByRole('img', { name: 'Segments' }).waitFor();
    const description = page.getByRole('img', { name: 'Changes a day' }).locator('desc');
    await expect.poll(() => description.textContent()).toContain('is 120 now');
    await page.getByText('As a table').click();
    const days = page.getByRole('table', { name: 'The last 90 days' });
    await expect.poll(() => days.getByRole('row').count()).toBe(91);
    await expectAccessible(opened);
  });

  it('shows the segments in pages, searched and filtered, by an address that can be mailed', async () => {
    await using opened = await open(PATH);
    const { page } = opened;
    expect((await namesOn(opened, 50))[0]).toBe('Segment 1');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('51–100 of 120').waitFor();
    // At the top of the list, where the next page is read from.
    await expect
      .poll(() => page.evaluate("document.activeElement?.querySelector('table') !== null"))
      .toBe(true);
    const top = "document.querySelector('main table').getBoundingClientRect().top";
    await expect.poll(() => page.evaluate(top)).toBeGreaterThanOrEqual(0);
    await page.goBack();
    await page.getByText('1–50 of 120').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('Segment 11');
    expect(await namesOn(opened, 22)).toContain('Segment 119');
    await expect.poll(() => queryOf(opened)).toEqual({ q: 'Segment 11' });
    await page.getByRole('combobox', { name: 'Status' }).selectOption('Deleted');
    await page.getByText('No segment fits').waitFor();
    await page.reload();
    await page.getByText('No segment fits').waitFor();
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('Segment 11');
    await page.getByRole('link', { name: 'Show all segments' }).click();
    await namesOn(opened, 50);
  });

  it('leads to the first page from one that is not known', async () => {
    await using opened = await open(`${PATH}?q=Segment&after=nowhere&from=50`);
    const { page } = opened;
    await page.getByText('This page of the list is not known').waitFor();
    await page.getByRole('button', { name: 'First page' }).click();
    await page.getByText('1–50 of 120').waitFor();
    await expect.poll(() => queryOf(opened)).toEqual({ q: 'Segment' });
  });

  it('reads the destination again at once, and tells what changed in sentences', async () => {
    await using opened = await open(PATH);
    const { page } = opened;
    await namesOn(opened, 50);
    gateway.clock.advance(MINUTE);
    gateway.simulator.edit(
      'acme',
      314,
      { change: 1001, fields: { name: 'Aardvark buyers', description: 'They bought one' } },
      { change: 1002, fields: { status: 'inactive' } },
      { add: { mappingId: 2001, sid: 6001, name: 'Newcomers' } },
    );
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Read again just now.').waitFor();
    await expect.poll(async () => (await namesOn(opened, 50))[0]).toBe('Aardvark buyers');

    await page.getByRole('link', { name: 'What changed' }).click();
    const changes = page.getByRole('region', { name: 'What changed' });
    await changes.getByText(/Segment 1 is now called Aardvark buyers\./).waitFor();
    const renamed = changes.getByRole('listitem').filter({ hasText: 'Aardvark buyers' });
    expect(await renamed.textContent()).toMatch(/About segment 1.*becomes.*They bought one/);
    const moved = changes.getByRole('listitem').filter({ hasText: 'Segment 2: the status changed.' });
    expect(await moved.textContent()).toMatch(/Active.*becomes.*Inactive/);
    await changes.getByText('Newcomers was seen for the first time.').waitFor();
    // The first reading is one line.
    await changes.getByText(/\d+ segments were seen for the first time/).waitFor();
    await expectAccessible(opened);
    await changes.getByRole('link', { name: 'Aardvark buyers' }).click();
    await page.getByRole('heading', { level: 1, name: 'Aardvark buyers' }).waitFor();
  });

  it('shows the changes of the last day, week and month', async () => {
    gateway.clock.advance(3 * DAY);
    await gateway.query('mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }');
    await using opened = await open(`${PATH}?view=changes&period=day`);
    const { page } = opened;
    await page.getByText('Nothing changed').waitFor();
    await page.getByRole('link', { name: /Last 7 days\s+124 changes/ }).click();
    await page.getByText(/is now called Aardvark buyers/).waitFor();
    await page.getByText(/^\d+ segments were seen for the first time \(on this page\)$/).waitFor();
    await expect.poll(() => queryOf(opened)).toEqual({ view: 'changes', period: 'week' });
  });

  it('shows what the segments were called on a day in the past', async () => {
    await using opened = await open(`${PATH}?q=5001`);
    const { page } = opened;
    await namesOn(opened, 1);
    // The names were changed three days ago, on the day on which they were first read; that day ended after it.
    const [first, before] = [-3, -4].map((days) =>
      new Date(gateway.clock.now() + days * DAY).toISOString().slice(0, 10),
    ) as [string, string];
    await page.getByLabel('Names as they were on').fill(first);
    await page.getByText(/^Names as they were at the end of 15 Jan 2026/).waitFor();
    await page.getByRole('columnheader', { name: 'Name on 15 Jan 2026' }).waitFor();
    await expect.poll(() => table(opened).getByText('Aardvark buyers').count()).toBe(2);
    await expectAccessible(opened);
    await page.getByLabel('Names as they were on').fill(before);
    await table(opened).getByText('not known then').waitFor();
    await expect.poll(() => queryOf(opened)).toEqual({ q: '5001', at: before });
    await page.getByRole('button', { name: 'Back to today' }).click();
    await expect.poll(() => table(opened).getByText('not known then').count()).toBe(0);
    await page.getByLabel('Names as they were on').fill('2031-01-01');
    await page.getByText('Choose a day before today.').waitFor();
  });

  it('says why it could not be read, and what helps', async () => {
    await using opened = await open('/destinations/acme/315');
    const { page } = opened;
    await page.getByText('Failing', { exact: true }).first().waitFor();
    await page.getByText('The customer does not let us read this destination.').waitFor();
    await page.getByText(/It could not be read even once/).waitFor();
    await expectAccessible(opened);
    delete gateway.simulator.destination('acme', 315).forbidden;
    await page.getByRole('button', { name: 'Refresh now' }).click();
    expect(await namesOn(opened, 1)).toEqual(['Segment 1']);
    await page.getByText('Fresh', { exact: true }).waitFor();
    gateway.simulator.destination('acme', 315).forbidden = true;
    gateway.clock.advance(MINUTE);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText(/The names below are from the last time that it could be read/).waitFor();
    expect(await namesOn(opened, 1)).toEqual(['Segment 1']);
  });

  it('saves all segments as a file', async () => {
    await using opened = await open(PATH);
    const { page } = opened;
    for (const [button, file] of [
      ['Export CSV', 'acme-314.csv'],
      ['Export NDJSON', 'acme-314.ndjson'],
    ] as const) {
      const download = begun(page.waitForEvent('download'));
      await page.getByRole('button', { name: button }).click();
      const saved = await download;
      expect(saved.suggestedFilename()).toBe(file);
      const text = await readFile(await saved.path(), 'utf8');
      expect(text.startsWith('\ufeff')).toBe(file.endsWith('.csv'));
      expect(text).toContain('Aardvark buyers');
      expect(text.trim().split('\n')).toHaveLength(file.endsWith('.csv') ? 122 : 121);
    }
  });

  it('leads to segments that are only known by an ID without a kind', async () => {
    await gateway.query(
      'mutation { setSegment(key: { customerId: "initech", destinationId: "900", segmentId: "A-17" }, name: "Loyal") { id } }',
    );
    await using opened = await open('/destinations/initech/900');
    const { page } = opened;
    await page.getByText('By hand only').waitFor();
    expect(await page.getByRole('button', { name: 'Refresh now' }).count()).toBe(0);
    await table(opened).getByRole('cell', { name: 'A-17' }).waitFor();
    await table(opened).getByRole('link', { name: 'Loyal' }).click();
    await page.getByRole('heading', { level: 1, name: 'Loyal' }).waitFor();
    await expect
      .poll(() => new URL(page.url()).pathname)
      .toBe('/destinations/initech/900/segments/auto/A-17');
  });

  it('shows hostile and long names as text, in French, on a narrow dark screen', async () => {
    await using opened = await open('/destinations/acme/316', { locale: 'fr-FR', width: 360, isDark: true });
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: /Acme <img src=x .*U\+202E.*gnp\.exe/ }).waitFor();
    await page.getByText('URL', { exact: true }).waitFor();
    await page.getByText(/adapté au reciblage/).waitFor();
    const names = await namesOn(opened, 2);
    expect(names.some((name) => name.includes('onerror') && name.includes('U+202E'))).toBe(true);
    expect(names.every((name) => name.length < 200)).toBe(true);
    expect(await page.locator('main img[src]').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await expectAccessible(opened);
  });

  it('says when the destination is taken away, and keeps what was shown and typed', async () => {
    await using opened = await open('/destinations/acme/317');
    const { page } = opened;
    await namesOn(opened, 5);
    const [acme, ...others] = CUSTOMERS;
    const fewer = { ...acme!, destinations: acme!.destinations!.filter(({ id }) => id !== 317) };
    const configure = (customers: typeof CUSTOMERS): void => {
      const text = configTextFor(gateway.simulator, SIMULATED, customers);
      gateway.gateway.reload(parseConfig(text, { file: join(gateway.folder, 'gateway.yaml'), env: {} }));
    };
    configure([fewer, ...others]);
    await page.getByRole('searchbox', { name: 'Search' }).fill('Segment 3');
    await page.getByText('This destination is not there any more').waitFor();
    expect(await namesOn(opened, 5)).toContain('Segment 3');
    await expect.poll(() => page.getByRole('button', { name: 'Refresh now' }).count()).toBe(0);
    configure(CUSTOMERS);
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await namesOn(opened, 1)).toEqual(['Segment 3']);
    await expect.poll(() => page.getByText('This destination is not there any more').count()).toBe(0);
  });

  it('says that there is no such destination', async () => {
    await using opened = await open('/destinations/acme/999');
    await opened.page.getByText('There is no such destination here').waitFor();
    await expectAccessible(opened);
  });

  it('shows what was read while the gateway cannot be reached, and goes on after it', async () => {
    await using opened = await open(PATH, { expected: [/ERR_INTERNET_DISCONNECTED/] });
    const { page } = opened;
    await namesOn(opened, 50);
    await page.context().setOffline(true);
    await page.getByRole('searchbox', { name: 'Search' }).fill('Newcomers');
    await page.getByText('This device is offline', { exact: true }).first().waitFor();
    expect(await namesOn(opened, 50)).toContain('Aardvark buyers');
    await page.context().setOffline(false);
    expect(await namesOn(opened, 1)).toEqual(['Newcomers']);
  });
});

describe.skipIf(installedBrowser === null)(
  needing('one destination, with access control', { chromium: installedBrowser }),
  () => {
    let gateway: TestGateway;
    let browser: TestBrowser;

    beforeAll(async () => {
      gateway = await TestGateway.start({
        simulated: SIMULATED,
        customers: CUSTOMERS,
        config: {
          access: {
            apiKeys: [
              entryOf(READER, 'reader', ['acme'], ['read']),
              entryOf(HAND, 'hand', 'all', ['read', 'refresh', 'import']),
            ],
          },
        },
      });
      browser = await TestBrowser.start();
    });

    afterAll(async () => {
      await browser[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    });

    it('offers reading it again only to those who may, and exports with their key', async () => {
      await using reading = await browser.open(gateway, PATH, { key: READER });
      const download = begun(reading.page.waitForEvent('download'));
      await reading.page.getByRole('button', { name: 'Export CSV' }).click();
      expect(await readFile(await (await download).path(), 'utf8')).toContain('Segment 120');
      expect(await reading.page.getByRole('button', { name: 'Refresh now' }).count()).toBe(0);

      await using refreshing = await browser.open(gateway, PATH, { key: HAND });
      await refreshing.page.getByRole('button', { name: 'Refresh now' }).click();
      await refreshing.page.getByText('Read again just now.').waitFor();
    });

    it('does not show what the caller may not see', async () => {
      await using opened = await browser.open(gateway, '/destinations/initech/900', { key: READER });
      await opened.page.getByText('There is no such destination here').waitFor();
    });

    it('asks for a file only of those who may load one', async () => {
      await using opened = await browser.open(gateway, '/destinations/initech/900', { key: HAND });
      await opened.page.getByText('There are no segments yet').waitFor();
      await opened.page.getByRole('link', { name: /Load the customer’s file/ }).waitFor();
    });

    it('reads a destination for the first time, also where its changes are looked at first', async () => {
      const path = '/destinations/acme/318?view=changes';
      await using opened = await browser.open(gateway, path, { key: READER });
      await opened.page.getByText('4 segments were seen for the first time', { exact: true }).waitFor();
      await opened.page.getByText('Fresh', { exact: true }).waitFor();
    });
  },
);
