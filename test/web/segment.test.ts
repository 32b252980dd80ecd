import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, configTextFor } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser, type OpenOptions, type OpenPage } from './browser.js';

const READER = 'key-of-somebody-who-reads';
const HAND = 'key-of-somebody-who-imports';
const LATER = 'later-key-of-the-same-person';

const HOSTILE = '<script>document.title=1</script> \u202egnp.exe';

const SIMULATED = [
  passwordCustomer(
    'acme',
    destination(314, 5, { name: 'Acme network' }),
    destination(316, 2, {
      name: 'Acme partners',
      mappings: [
        { mappingId: 8001, sid: 9001, alias: 'twin', name: 'First twin', startDate: '2026-01-02' },
        { mappingId: 8002, sid: 8001, alias: 'twin', name: 'Second twin' },
        { mappingId: 8003, sid: 9003, name: HOSTILE, description: `Long ${'text '.repeat(500)}` },
      ],
    }),
    destination(317, 3, { name: 'Acme passing' }),
  ),
];

const CUSTOMERS = [
  {
    id: 'acme',
    name: 'Acme Retail',
    destinations: [{ id: 314 }, { id: 316, segmentIdType: 'AUTO' }, { id: 317 }],
  },
];

const segmentPath = (destinationId: number, idType: string, id: string): string =>
  `/destinations/acme/${destinationId}/segments/${idType}/${encodeURIComponent(id)}`;

/** Runs axe once nothing is awaited any more: what appears is pale at first. */
async function expectAccessible(opened: OpenPage): Promise<void> {
  await expect.poll(() => opened.page.locator('.loading, [data-earlier="true"]').count()).toBe(0);
  await opened.expectAccessible();
}

describe.skipIf(installedBrowser === null)(needing('one segment', { chromium: installedBrowser }), () => {
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
  const title = ({ page }: OpenPage, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const name = ({ page }: OpenPage) => page.getByRole('textbox', { name: 'Name' });
  const card = ({ page }: OpenPage, name: string) => page.getByRole('region', { name });

  /** Has the gateway know only some destinations. */
  const configure = (ids: readonly number[]): void => {
    const [acme] = CUSTOMERS;
    const destinations = acme!.destinations.filter(({ id }) => ids.includes(id));
    const text = configTextFor(gateway.simulator, SIMULATED, [{ ...acme!, destinations }]);
    gateway.gateway.reload(parseConfig(text, { file: join(gateway.folder, 'gateway.yaml'), env: {} }));
  };

  it('shows identifiers, dates, where the name comes from, and the history', async () => {
    await using opened = await open(segmentPath(316, 'mapping-id', '8001'));
    const { page } = opened;
    await title(opened, 'First twin').waitFor();
    await expect.poll(() => page.title()).toContain('First twin');
    const ids = card(opened, 'Identifiers');
    for (const id of ['9001', '8001', 'twin']) await ids.getByText(id, { exact: true }).waitFor();
    await card(opened, 'Dates').getByText('2 Jan 2026').waitFor();
    await card(opened, 'Where the name comes from')
      .getByText(/as Audience Manager has it/)
      .waitFor();
    await card(opened, 'History').getByText('Seen for the first time as First twin.').waitFor();
    await expectAccessible(opened);
    await page
      .getByRole('navigation', { name: 'Where this is' })
      .getByRole('link', { name: 'Acme partners' })
      .click();
    await title(opened, 'Acme partners').waitFor();
  });

  it('corrects a segment in place, shows both layers, and takes it back', async () => {
    await using opened = await open(segmentPath(314, 'sid', '5001'));
    const { page } = opened;
    await title(opened, 'Segment 1').waitFor();
    await page.getByRole('button', { name: 'Correct' }).click();
    const form = page.getByRole('form', { name: 'Correct by hand' });
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText(/Nothing was changed/).waitFor();
    await name(opened).fill('Cart abandoners');
    await form.getByLabel('Status').selectOption('Inactive');
    await expectAccessible(opened);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Saved\./).waitFor();
    await title(opened, 'Cart abandoners').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Correct');

    await page.reload();
    await title(opened, 'Cart abandoners').waitFor();
    const layers = page.getByRole('table', { name: 'Where the name comes from' });
    const row = (part: string) => layers.getByRole('row', { name: new RegExp(`^${part}`) });
    expect(await row('Name').textContent()).toMatch(/Cart abandoners.*by hand.*Segment 1/);
    expect(await row('Description').textContent()).toMatch(/About segment 1.*the same/);
    expect(await row('Status').textContent()).toMatch(/Inactive.*by hand.*Active/);
    const history = card(opened, 'History');
    await history.getByText('Renamed from Segment 1 to Cart abandoners.').waitFor();
    expect(await history.getByRole('listitem').first().textContent()).toMatch(
      /Active.*Inactive.*by hand, anyone/,
    );
    await expectAccessible(opened);

    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByText('Take back what was given by hand?').waitFor();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await title(opened, 'Segment 1').waitFor();
    await page.reload();
    await title(opened, 'Segment 1').waitFor();
    await history.getByText('Renamed from Cart abandoners to Segment 1.').waitFor();
    expect(await page.getByRole('button', { name: 'Take back' }).count()).toBe(0);
  });

  it('gives one field back to Audience Manager that is left empty', async () => {
    await gateway.query(
      'mutation { setSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1002" }, name: "Wrong", description: "Right") { id } }',
    );
    await using opened = await open(segmentPath(314, 'mapping-id', '1002'));
    const { page } = opened;
    await title(opened, 'Wrong').waitFor();
    await page.getByRole('button', { name: 'Correct' }).click();
    await page.getByText('Left empty, what Audience Manager says counts: Segment 2').waitFor();
    await name(opened).fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await title(opened, 'Segment 2').waitFor();
    await page.getByRole('table', { name: 'Where the name comes from' }).getByText('Right').waitFor();
  });

  it('says that an ID is unknown, gives it a name, and removes it for good', async () => {
    await using opened = await open(segmentPath(314, 'sid', '424242'));
    const { page } = opened;
    await page.getByText('No segment has this ID').waitFor();
    await page
      .getByText('The destination was read, and has no segment with the segment ID (sid) 424242.')
      .waitFor();
    await expectAccessible(opened);
    await page.getByRole('button', { name: 'Give it a name' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter a name.').waitFor();
    await name(opened).fill('Mistyped');
    await page.getByRole('button', { name: 'Save' }).click();
    await title(opened, 'Mistyped').waitFor();
    await page.getByText(/Only known by hand/).waitFor();
    await page.reload();
    await title(opened, 'Mistyped').waitFor();
    await page.getByRole('button', { name: 'Remove for good' }).click();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByText('The segment was removed.').waitFor();
    await page.getByText('No segment has this ID').waitFor();
    await page.reload();
    await page.getByText('No segment has this ID').waitFor();
  });

  it('leads from an ambiguous ID to each segment that it may stand for', async () => {
    await using opened = await open(segmentPath(316, 'auto', '8001'));
    const { page } = opened;
    await page.getByText('This ID stands for several segments').waitFor();
    const candidates = page.getByRole('table', { name: 'Segments that have this ID' });
    await candidates.getByRole('link', { name: 'First twin' }).waitFor();
    await expectAccessible(opened);
    await candidates.getByRole('link', { name: 'Second twin' }).click();
    await title(opened, 'Second twin').waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe(segmentPath(316, 'mapping-id', '8002'));
  });

  it('shows a long history in pages', async () => {
    for (let number = 1; number <= 24; number += 1) {
      gateway.clock.advance(1_000);
      const key = '{ customerId: "acme", destinationId: "314", segmentId: "1005" }';
      await gateway.query(`mutation { setSegment(key: ${key}, name: "Name ${number}") { id } }`);
    }
    await using opened = await open(segmentPath(314, 'mapping-id', '1005'));
    const { page } = opened;
    const history = card(opened, 'History');
    await history.getByText('1–20 of 25').waitFor();
    await history.getByText('Renamed from Name 4 to Name 5.').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await history.getByText('21–25 of 25').waitFor();
    await history.getByText('Seen for the first time as Segment 5.').waitFor();
    expect(await history.getByRole('listitem').count()).toBe(5);
    await page.goBack();
    await history.getByText('Renamed from Name 23 to Name 24.').waitFor();
    await page.goto(`${page.url()}?after=nowhere&from=20`);
    await history.getByText('This page of the list is not known').waitFor();
    await history.getByRole('button', { name: 'First page' }).click();
    await history.getByText('1–20 of 25').waitFor();
  });

  it('says that an address does not name a kind of ID', async () => {
    await using opened = await open(segmentPath(316, 'number', '9003'));
    await opened.page.getByRole('link', { name: 'Look the ID up without a kind' }).click();
    await title(opened, /gnp\.exe/).waitFor();
  });

  it('shows hostile and long texts as text, in French, on a narrow dark screen', async () => {
    await using opened = await open(segmentPath(316, 'sid', '9003'), {
      locale: 'fr-FR',
      width: 360,
      isDark: true,
    });
    const { page } = opened;
    await title(opened, /<script>document\.title=1<\/script> U\+202E/).waitFor();
    await page.getByRole('heading', { name: 'D’où vient le nom' }).waitFor();
    const source = card(opened, 'D’où vient le nom');
    expect((await source.textContent())?.length).toBeLessThan(900);
    await source.getByRole('button', { name: 'Tout afficher' }).click();
    expect((await source.textContent())?.length).toBeGreaterThan(2_500);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await expectAccessible(opened);
  });

  it('loses nothing that was typed while the gateway cannot be reached', async () => {
    await using opened = await open(segmentPath(314, 'mapping-id', '1003'), {
      expected: [/ERR_INTERNET_DISCONNECTED/],
    });
    const { page } = opened;
    await page.getByRole('button', { name: 'Correct' }).click();
    await name(opened).fill('Typed with care');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('form').getByText('This device is offline', { exact: true }).waitFor();
    expect(await name(opened).inputValue()).toBe('Typed with care');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Save' }).click();
    await title(opened, 'Typed with care').waitFor();
  });

  it('sends no correction again by itself', async () => {
    await using opened = await open(segmentPath(314, 'mapping-id', '1005'), { expected: [/status of 429/] });
    const { page } = opened;
    await page.getByRole('button', { name: 'Correct' }).click();
    await name(opened).fill('Sent by me');
    const errors = [{ message: 'Rate limit exceeded', extensions: { code: 'RATE_LIMITED' } }];
    await page.route('**/graphql', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '60' }, json: { errors } }),
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Then try again; what you typed is kept.').waitFor();
    expect(await page.getByText(/again in \d/).count()).toBe(0);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await title(opened, 'Sent by me').waitFor();
  });

  it('says what is wrong with a text before and after it is sent', async () => {
    await using opened = await open(segmentPath(314, 'mapping-id', '1004'));
    const { page } = opened;
    await page.getByRole('button', { name: 'Correct' }).click();
    await name(opened).fill(`Bell ${String.fromCharCode(7)}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/contains a control character/).waitFor();
    await name(opened).fill('x'.repeat(1_001));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It may have 1,000 characters at most.').waitFor();
    expect(await name(opened).getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await title(opened, 'Segment 4').waitFor();
  });

  it('keeps what was typed when the destination is taken away by a reload of the configuration', async () => {
    await using opened = await open(segmentPath(317, 'mapping-id', '1001'));
    const { page } = opened;
    await page.getByRole('button', { name: 'Correct' }).click();
    await name(opened).fill('Typed with care');
    configure([314, 316]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('There is no such thing here').waitFor();
    expect(await name(opened).inputValue()).toBe('Typed with care');
    configure([314, 316, 317]);
    await page.getByRole('button', { name: 'Save' }).click();
    await title(opened, 'Typed with care').waitFor();
  });

  it('keeps what was typed while another view is looked at, until it is cancelled', async () => {
    await using opened = await open(segmentPath(314, 'mapping-id', '1001'));
    const { page } = opened;
    const lookAround = async (): Promise<void> => {
      await page.getByRole('link', { name: 'Acme network' }).click();
      await title(opened, 'Acme network').waitFor();
      await page.goBack();
      await title(opened, 'Segment 1').waitFor();
    };
    await page.getByRole('button', { name: 'Correct' }).click();
    await name(opened).fill('Typed with care');
    await lookAround();
    await expect.poll(() => name(opened).inputValue()).toBe('Typed with care');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await lookAround();
    expect(await name(opened).count()).toBe(0);
  });

  it('keeps a name for an unknown ID, also where it cannot be looked up any more', async () => {
    await using opened = await open(segmentPath(317, 'sid', '424243'));
    const { page } = opened;
    await page.getByRole('button', { name: 'Give it a name' }).click();
    await name(opened).fill('Typed with care');
    await page.getByRole('link', { name: 'Acme passing' }).click();
    await title(opened, 'Acme passing').waitFor();
    configure([314, 316]);
    await page.goBack();
    await page.getByText('The destination is not there any more').waitFor();
    expect(await name(opened).inputValue()).toBe('Typed with care');
    configure([314, 316, 317]);
    await page.getByRole('button', { name: 'Save' }).click();
    await title(opened, 'Typed with care').waitFor();
  });

  it('is led to from a look-up, also where only its value or its address is known', async () => {
    const key = (idType: string, id: string): string =>
      `{ customerId: "acme", destinationId: "316", idType: ${idType}, segmentId: "${id}" }`;
    await gateway.query(`mutation {
      a: setSegment(key: ${key('VALUE', 'cart-9')}, name: "By value") { id }
      b: setSegment(key: ${key('URL', 'https://a.example/x')}, name: "By address") { id }
    }`);
    const ids = encodeURIComponent('cart-9\nhttps://a.example/x');
    await using opened = await open(`/?ids=${ids}&customer=acme&destination=316`);
    const { page } = opened;
    const addressOf = (text: string) => page.getByRole('link', { name: text }).getAttribute('href');
    expect(await addressOf('By value')).toBe(segmentPath(316, 'value', 'cart-9'));
    expect(await addressOf('By address')).toBe(segmentPath(316, 'url', 'https://a.example/x'));
    await page.getByRole('link', { name: 'By address' }).click();
    await title(opened, 'By address').waitFor();
  });

  it('says that the destination of a segment is not there', async () => {
    await using opened = await open(segmentPath(999, 'sid', '1'));
    await opened.page.getByText('The destination is not there any more').waitFor();
    await expectAccessible(opened);
  });
});

describe.skipIf(installedBrowser === null)(
  needing('one segment, with access control', { chromium: installedBrowser }),
  () => {
    let gateway: TestGateway;
    let browser: TestBrowser;

    const accessWith = (key: string) => ({
      access: {
        apiKeys: [
          entryOf(READER, 'reader', 'all', ['read']),
          entryOf(key, 'Ann Example', 'all', ['read', 'import']),
        ],
      },
    });

    beforeAll(async () => {
      gateway = await TestGateway.start({
        simulated: SIMULATED,
        customers: CUSTOMERS,
        config: accessWith(HAND),
      });
      browser = await TestBrowser.start();
    });

    afterAll(async () => {
      await browser[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    });

    it('offers no correction to those who may only read', async () => {
      await using opened = await browser.open(gateway, segmentPath(314, 'mapping-id', '1001'), {
        key: READER,
      });
      const { page } = opened;
      await page.getByText('Seen for the first time as Segment 1.').waitFor();
      expect(await page.getByRole('button', { name: 'Correct' }).count()).toBe(0);
      await page.goto(`${gateway.gateway.url}${segmentPath(314, 'sid', '1')}`);
      await page.getByText('No segment has this ID').waitFor();
      expect(await page.getByRole('button', { name: 'Give it a name' }).count()).toBe(0);
    });

    it('names who corrected a segment', async () => {
      await using opened = await browser.open(gateway, segmentPath(314, 'mapping-id', '1001'), { key: HAND });
      const { page } = opened;
      await page.getByRole('button', { name: 'Correct' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('By Ann');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('by hand, Ann Example').waitFor();
    });

    it('forgets what was typed when the person signs out', async () => {
      const path = segmentPath(314, 'mapping-id', '1003');
      await using opened = await browser.open(gateway, path, { key: HAND });
      const { page } = opened;
      await page.getByRole('button', { name: 'Correct' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Not for others');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Key or token').fill(HAND);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
      await page.goBack();
      await page.getByRole('button', { name: 'Correct' }).waitFor();
      expect(await page.getByRole('textbox', { name: 'Name' }).count()).toBe(0);
    });

    it('saves what was typed after a new key was asked for, because the old one was taken away', async () => {
      await using opened = await browser.open(gateway, segmentPath(314, 'mapping-id', '1002'), {
        key: HAND,
        expected: [/401/],
      });
      const { page } = opened;
      await page.getByRole('button', { name: 'Correct' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Typed before');
      gateway.reload(accessWith(LATER));
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByLabel('Key or token').fill(LATER);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Typed before' }).waitFor();
    });
  },
);
