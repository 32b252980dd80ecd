import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser } from './browser.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const READER = entryOf('reader-key', 'reading', ['acme']);
const EDITOR = entryOf('editor-key', 'editing', ['acme'], ['read', 'import', 'refresh']);
const LOADER = entryOf('loader-key', 'loading', ['acme'], ['import']);
const ACCESS = { access: { apiKeys: [READER, EDITOR, LOADER] } };

/** Chromium writes each answer with this status to the console. */
const REFUSED = [/401/];

describe.skipIf(installedBrowser === null)(needing('signing in', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED, config: ACCESS });
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  it('is asked for at any address, and leads to the view of the address', async () => {
    await using opened = await browser.open(gateway, '/?ids=1001', { expected: REFUSED });
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await opened.expectAccessible();
    expect(await page.getByRole('link', { name: 'Search' }).count()).toBe(0);
    await page.getByLabel('Key or token').fill('  reader-key ');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Segment 1' }).waitFor();
    await page.getByText('reading', { exact: true }).waitFor();
  });

  it('keeps the key in the tab, and nowhere else', async () => {
    await using opened = await browser.open(gateway, '/', { expected: REFUSED });
    const { page } = opened;
    await page.getByLabel('Key or token').fill('reader-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('reader-key');
    expect(page.url()).not.toContain('reader-key');
    expect(gateway.logLines.join('\n')).not.toContain('reader-key');
    await using other = await browser.open(gateway, '/', { expected: REFUSED });
    await other.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  });

  it.each([
    ['nothing', ' ', 'Paste your key here.'],
    ['a wrong key', 'no-such-key', 'does not accept this key'],
    ['a token that is none', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x', 'does not accept this key'],
    ['characters that no key has', 'ключ\u0001', 'does not accept this key'],
  ])('says what is wrong with %s, and keeps it in the field', async (_, key, message) => {
    await using opened = await browser.open(gateway, '/sign-in', { expected: REFUSED });
    const { page } = opened;
    await page.getByLabel('Key or token').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(message).waitFor();
    expect(await page.getByLabel('Key or token').inputValue()).toBe(key);
    await opened.expectAccessible();
  });

  it('ends with signing out', async () => {
    await using opened = await browser.open(gateway, '/search', { key: 'reader-key', expected: REFUSED });
    const { page } = opened;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  });

  it('offers only what the key allows', async () => {
    const linksFor = async (key: string): Promise<string[]> => {
      await using opened = await browser.open(gateway, '/sign-in', { key });
      await opened.page.getByText('You are signed in as').waitFor();
      const texts = await opened.page
        .getByRole('navigation', { name: 'Views' })
        .getByRole('link')
        .allInnerTexts();
      return texts.filter((text) => text !== 'API');
    };
    expect(await linksFor('editor-key')).toEqual([
      'Look up',
      'Search',
      'Destinations',
      'Load a file',
      'Imports',
    ]);
    expect(await linksFor('reader-key')).toEqual(['Look up', 'Search', 'Destinations', 'Imports']);
    expect(await linksFor('loader-key')).toEqual(['Load a file']);
  });

  it('says what a caller may not do at an address that was mailed', async () => {
    for (const path of ['/?ids=1001', '/search?q=1001', '/destinations']) {
      await using opened = await browser.open(gateway, path, { key: 'loader-key' });
      await opened.page.getByText('You may not do this').waitFor();
      expect(await opened.page.getByRole('main').getByRole('textbox').count()).toBe(0);
    }
  });

  it('begins with what a caller may do who may not look up', async () => {
    await using opened = await browser.open(gateway, '/', { key: 'loader-key' });
    await opened.page.getByRole('heading', { level: 1, name: 'Load a file' }).waitFor();
    await expect.poll(() => new URL(opened.page.url()).pathname).toBe('/load');
  });

  it('shows nobody what another person has pasted, and everybody their own', async () => {
    await using opened = await browser.open(gateway, '/?ids=1001', { key: 'reader-key', expected: REFUSED });
    const { page } = opened;
    const input = page.getByRole('textbox', { name: 'IDs' });
    const signIn = async (key: string): Promise<void> => {
      await page.getByLabel('Key or token').fill(key);
      await page.getByRole('button', { name: /^Sign in/ }).click();
    };
    await page.getByRole('link', { name: 'Segment 1' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn('reader-key');
    await page.getByRole('link', { name: 'Segment 1' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn('editor-key');
    await page.getByText('Nothing is looked up yet').waitFor();
    expect(await input.inputValue()).toBe('');
  });

  it('asks for another key, with the reason, if the key that is kept may not use the page any more', async () => {
    await using opened = await browser.open(gateway, '/', { key: 'reader-key', expected: [/status of 403/] });
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
    const errors = [{ message: 'Only trusted operations.', extensions: { code: 'FORBIDDEN' } }];
    await page.route('**/graphql', (route) => route.fulfill({ status: 403, json: { errors } }));
    await page.reload();
    await page.getByText('You may not do this').waitFor();
    await page.getByText('Only trusted operations.').waitFor();
    await page.unrouteAll();
    await page.getByLabel('Key or token').fill('editor-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
  });
});

describe.skipIf(installedBrowser === null)(
  needing('the page of a gateway that takes only trusted documents', { chromium: installedBrowser }),
  () => {
    it('names the permission that a caller needs for it', async () => {
      await using gateway = await TestGateway.start({
        simulated: SIMULATED,
        config: {
          access: { apiKeys: [READER], trustedDocuments: { file: 'documents.json', only: true } },
        },
        files: { 'documents.json': JSON.stringify({ first: '{ viewer { name } }' }) },
      });
      expect(gateway.log.filter(({ msg }) => String(msg).startsWith('the page for people'))).toMatchObject([
        { level: 'warn', msg: expect.stringContaining('permission explore') },
      ]);
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(gateway, '/', { key: 'reader-key', expected: [/403/] });
      await opened.page.getByText('You may not do this').waitFor();
      await opened.page.getByText('others need the permission explore').waitFor();
    });
  },
);

describe.skipIf(installedBrowser === null)(
  needing('a key that is taken away in mid-session', { chromium: installedBrowser }),
  () => {
    it('leads to a panel over the view, which goes on afterwards', async () => {
      await using gateway = await TestGateway.start({ simulated: SIMULATED, config: ACCESS });
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(gateway, '/', { key: 'reader-key', expected: REFUSED });
      const { page } = opened;
      const input = page.getByRole('textbox', { name: 'IDs' });
      await input.fill('1001');
      await page.getByRole('link', { name: 'Segment 1' }).waitFor();
      gateway.reload({ access: { apiKeys: [EDITOR, LOADER] } });
      await input.fill('1001\n1002');
      const panel = page.getByRole('dialog', { name: 'Sign in' });
      await panel.getByText('Your key is not accepted any more.').waitFor();
      await opened.expectAccessible();
      await panel.getByLabel('Key or token').fill('reader-key');
      await panel.getByRole('button', { name: 'Sign in' }).click();
      await panel.getByText('does not accept this key').waitFor();
      await panel.getByLabel('Key or token').fill('editor-key');
      await panel.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Segment 2' }).waitFor();
      expect(await input.inputValue()).toBe('1001\n1002');
      expect(await panel.count()).toBe(0);
      await page.getByRole('link', { name: 'Load a file' }).waitFor();
    });
  },
);
