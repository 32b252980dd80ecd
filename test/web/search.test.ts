import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser, type OpenPage } from './browser.js';

const ALL = 'key-of-somebody-who-sees-everything';
const OTHER = 'another-key-of-the-same-person';
const ONE = 'key-of-somebody-who-sees-one-customer';

const LONG = `Long ${'name '.repeat(190)}end`;
const HOSTILE = [
  { mappingId: 701, sid: 7701, name: '<img src=x onerror="document.title=1"> hostile' },
  { mappingId: 702, sid: 7702, name: 'hostile \u202egnp.exe\u0007' },
  { mappingId: 703, sid: 7703, name: 'حملة hostile العيد' },
  { mappingId: 704, sid: 7704, name: LONG },
  { mappingId: 705, sid: 7705, name: null, alias: 'alias-only' },
];

const SIMULATED = [
  passwordCustomer(
    'acme',
    destination(314, 120, { name: 'Acme network' }),
    destination(316, 2, {
      name: 'Acme cookie',
      type: 'ADS',
      mappings: [
        { mappingId: 31, sid: 9001, value: 'c-9001', name: 'Café visitors', status: 'inactive' },
        {
          mappingId: 32,
          sid: 9002,
          value: 'c-9002',
          name: 'Others',
          description: 'Everybody but café visitors',
        },
      ],
    }),
  ),
  passwordCustomer(
    'globex',
    destination(700, 0, { name: 'Globex <b>hostile</b>', mappings: HOSTILE }),
    destination(701, 1, { name: 'Globex secret', forbidden: true }),
  ),
];

const accessFor = (...keys: string[]) => ({
  access: {
    apiKeys: [
      ...keys.map((key) => entryOf(key, 'everything', 'all', ['read'])),
      entryOf(ONE, 'one customer', ['acme'], ['read']),
    ],
  },
});

describe.skipIf(installedBrowser === null)(needing('searching', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED, config: accessFor(ALL) });
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const open = (path: string, options: Parameters<TestBrowser['open']>[2] = {}): Promise<OpenPage> =>
    browser.open(gateway, path, { key: ALL, ...options });
  const field = ({ page }: OpenPage) => page.getByRole('searchbox', { name: 'Search segments' });
  const results = ({ page }: OpenPage) => page.getByRole('list', { name: 'Segments that were found' });
  const itemsOf = (opened: OpenPage) => results(opened).getByRole('listitem');
  const queryOf = ({ page }: OpenPage): Record<string, string> =>
    Object.fromEntries(new URL(page.url()).searchParams);

  it('says what can be searched for, and asks nothing before something is typed', async () => {
    await using opened = await open('/search');
    await opened.page.getByRole('heading', { name: 'What can be searched for' }).waitFor();
    expect(await results(opened).count()).toBe(0);
    await opened.expectAccessible();
  });

  it('finds as one types, marks the words, and says where they were found', async () => {
    await using opened = await open('/search');
    await field(opened).pressSequentially('cafe visit');
    await expect.poll(() => queryOf(opened)).toEqual({ q: 'cafe visit' });
    // What is found for the beginning may be there before.
    await expect
      .poll(() => itemsOf(opened).first().locator('mark').allTextContents())
      .toEqual(['Café', 'visit']);
    await expect.poll(() => itemsOf(opened).count()).toBe(2);
    const [first, second] = await itemsOf(opened).all();
    expect(await first?.textContent()).toContain('Found in name');
    expect(await second?.textContent()).toContain('Everybody but café visitors');
    expect(await second?.textContent()).toContain('Found in description');
    await field(opened).fill('c-9001');
    await expect.poll(() => results(opened).textContent()).toContain('Found in value');
    await field(opened).fill('5007');
    await expect.poll(() => results(opened).textContent()).toContain('Found in segment ID (sid)');
  });

  it('is used with the keyboard alone', async () => {
    await using opened = await open('/search?q=segment+1');
    const { page } = opened;
    const focused = (): Promise<string | null> =>
      page.evaluate('document.activeElement?.textContent ?? null');
    await itemsOf(opened).first().waitFor();
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('search-text');
    expect(await field(opened).inputValue()).toBe('segment 1');
    const names = await results(opened).locator('[data-result]').allTextContents();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe(names[0]);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe(names[1]);
    await page.keyboard.press('End');
    expect(await focused()).toBe(names.at(-1));
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('search-text');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => new URL(page.url()).pathname)
      .toMatch(/^\/destinations\/acme\/314\/segments\/mapping-id\/\d+$/);
  });

  it('narrows by customer, destination, type and status, all in the address', async () => {
    await using opened = await open('/search');
    const { page } = opened;
    const customer = page.getByRole('combobox', { name: 'Customer' });
    await customer.click();
    await customer.pressSequentially('acm');
    await page.getByRole('option', { name: 'acme' }).waitFor();
    // Until then, the choices may be those of a shorter text, and Enter takes none of them.
    const choices = page.getByRole('listbox', { name: 'Customer' });
    await expect.poll(() => choices.getAttribute('aria-busy')).toBe('false');
    await page.keyboard.press('Enter');
    await expect.poll(() => queryOf(opened)).toEqual({ customer: 'acme' });
    await itemsOf(opened).first().waitFor();
    const which = page.getByRole('combobox', { name: 'Destination', exact: true });
    await which.click();
    await page.getByRole('option', { name: /Acme cookie/ }).click();
    await expect.poll(() => itemsOf(opened).count()).toBe(2);
    expect(await which.inputValue()).toBe('Acme cookie');
    await page.getByRole('combobox', { name: 'Status' }).selectOption('Inactive');
    await expect.poll(() => itemsOf(opened).count()).toBe(1);
    await page.getByRole('combobox', { name: 'Type of destination' }).selectOption('Cookie');
    await expect
      .poll(() => queryOf(opened))
      .toEqual({
        customer: 'acme',
        destination: '316',
        status: 'inactive',
        type: 'cookie',
      });
    await using mailed = await open(page.url().slice(gateway.gateway.url.length));
    await expect.poll(() => results(mailed).textContent()).toContain('Café visitors');
    expect(await itemsOf(mailed).count()).toBe(1);
    await mailed.expectAccessible();
    await page.goBack();
    await page.goBack();
    await expect.poll(() => itemsOf(opened).count()).toBe(2);
  });

  it('leads through pages, and back', async () => {
    await using opened = await open('/search?q=segment');
    const { page } = opened;
    await page.getByText('1–50 of 120').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('51–100 of 120').waitFor();
    await page.reload();
    await page.getByText('51–100 of 120').waitFor();
    await page.getByRole('button', { name: 'First page' }).click();
    await page.getByText('1–50 of 120').waitFor();
    await page.goBack();
    await page.getByText('51–100 of 120').waitFor();
    await expect.poll(() => queryOf(opened)).toMatchObject({ q: 'segment', from: '50' });
    await field(opened).fill('segment 7');
    await page.getByText(/^1–\d+ of \d+$/).waitFor();
    await expect.poll(() => queryOf(opened)).toEqual({ q: 'segment 7' });
  });

  it('names the destinations that could not be searched, with the reason', async () => {
    await using opened = await open('/search?q=segment');
    const notice = opened.page.getByRole('status').filter({ hasText: 'could not be searched' });
    expect(await notice.textContent()).toContain('One destination could not be searched');
    expect(await notice.getByRole('link').getAttribute('href')).toBe('/destinations/globex/701');
    expect(await notice.textContent()).toContain('The customer does not let us read this destination.');
  });

  it('shows names from outside without letting them do anything', async () => {
    await using opened = await open('/search?q=hostile');
    await expect.poll(() => itemsOf(opened).count()).toBe(3);
    const text = (await results(opened).textContent()) ?? '';
    expect(text).toContain('<img src=x onerror="document.title=1">');
    expect(text).toContain('Globex <b>hostile</b>');
    expect(text).toContain('U+202E');
    expect(text).toContain('U+0007');
    expect(text).not.toContain('\u202e');
    expect(await results(opened).locator('img, b').count()).toBe(0);
    expect(await results(opened).locator('bdi mark').count()).toBe(3);
    await field(opened).fill('long');
    await expect.poll(() => itemsOf(opened).count()).toBe(1);
    const name = (await results(opened).locator('[data-result]').textContent()) ?? '';
    expect(name.length).toBeLessThan(200);
    expect(name).toMatch(/^Long .*…$/);
    await field(opened).fill('alias-only');
    await expect.poll(() => results(opened).textContent()).toContain('(no name)');
    await opened.expectAccessible();
  });

  it('says what to try where nothing is found', async () => {
    await using opened = await open('/search?q=segment&customer=globex&status=deleted');
    const { page } = opened;
    await page.getByText('No segment matches').waitFor();
    await page.getByRole('button', { name: 'Search without the filters' }).click();
    await itemsOf(opened).first().waitFor();
    await expect.poll(() => queryOf(opened)).toEqual({ q: 'segment' });
  });

  it('finds only what the person may see, and offers no choice where there is none', async () => {
    await using opened = await open('/search?q=5', { key: ONE });
    const { page } = opened;
    await itemsOf(opened).first().waitFor();
    expect(await page.getByRole('combobox', { name: 'Customer' }).count()).toBe(0);
    await field(opened).fill('hostile');
    await page.getByText('No segment matches').waitFor();
    expect(await page.getByText('could not be searched').count()).toBe(0);
  });

  it('asks for another key in mid-session, and goes on with what was typed', async () => {
    await using opened = await open('/search?q=café', { expected: [/401/] });
    const { page } = opened;
    await expect.poll(() => itemsOf(opened).count()).toBe(2);
    gateway.reload(accessFor(OTHER));
    await field(opened).fill('others');
    await page.getByRole('dialog').getByLabel('Key or token').fill(OTHER);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => results(opened).textContent()).toContain('Others');
    expect(await field(opened).inputValue()).toBe('others');
    gateway.reload(accessFor(ALL));
  });

  it('keeps what was typed while the gateway is away, and goes on when it is back', async () => {
    await using opened = await open('/search?q=caf%C3%A9', { expected: [/ERR_FAILED/] });
    const { page } = opened;
    await expect.poll(() => itemsOf(opened).count()).toBe(2);
    await page.route('**/graphql', (route) => route.abort());
    await field(opened).fill('others');
    await page.getByRole('alert').filter({ hasText: 'The gateway does not answer' }).waitFor();
    expect(await itemsOf(opened).count()).toBe(2);
    expect(await field(opened).inputValue()).toBe('others');
    await page.unroute('**/graphql');
    await expect.poll(() => itemsOf(opened).count()).toBe(1);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('tries again by itself, also if it is refused a second time in the same words', async () => {
    await using opened = await open('/search', { expected: [/status of 429/] });
    const { page } = opened;
    await field(opened).waitFor();
    const errors = [{ message: 'Rate limit exceeded', extensions: { code: 'RATE_LIMITED' } }];
    let asked = 0;
    await page.route('**/graphql', async (route) => {
      asked += 1;
      if (asked > 2) {
        await route.continue();
        return;
      }
      await route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json: { errors } });
    });
    await field(opened).fill('others');
    await page.getByText('The page tries again by itself.').waitFor();
    await itemsOf(opened).first().waitFor();
    expect(asked).toBe(3);
  });

  it('works on a narrow screen, in the dark and in French', async () => {
    await using opened = await open('/search?q=caf%C3%A9', { width: 360, isDark: true, locale: 'fr-FR' });
    const { page } = opened;
    await page.getByText('Trouvé dans : nom').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Rechercher');
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await opened.expectAccessible();
  });
});
