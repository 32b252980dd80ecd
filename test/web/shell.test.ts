import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser, type OpenPage } from './browser.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];

describe.skipIf(installedBrowser === null)(needing('the page', { chromium: installedBrowser }), () => {
  let gateway: TestGateway;
  let browser: TestBrowser;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED });
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  /** Opens the start in a browser that has no time for loading other views beforehand. */
  const openBusy = async (expected: readonly RegExp[]): Promise<OpenPage> => {
    const opened = await browser.open(gateway, '/', { ownTime: true, expected });
    await opened.page.addInitScript('requestIdleCallback = () => 0');
    await opened.page.reload();
    return opened;
  };

  it('leads to each view, and back', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    for (const [link, path] of [
      ['Search', '/search'],
      ['Destinations', '/destinations'],
      ['Load a file', '/load'],
      ['Imports', '/imports'],
    ] as const) {
      await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: link }).click();
      await page.getByRole('heading', { level: 1, name: link }).waitFor();
      await expect.poll(() => new URL(page.url()).pathname).toBe(path);
      await expect.poll(() => page.title()).toContain(link);
    }
    expect(await page.getByRole('link', { name: 'Imports' }).getAttribute('aria-current')).toBe('page');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Load a file' }).waitFor();
  });

  it('asks nobody for a key where there is no access control', async () => {
    await using opened = await browser.open(gateway, '/sign-in');
    await opened.page.getByText('This gateway needs no key.').waitFor();
    expect(await opened.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  });

  it.each([
    ['fr-CA', 'Identifier', 'fr'],
    ['en-US', 'Look up', 'en'],
    ['ja-JP', 'Look up', 'en'],
  ])('is in the language of the browser: %s', async (locale, heading, language) => {
    await using opened = await browser.open(gateway, '/', { locale });
    await opened.page.getByRole('heading', { level: 1, name: heading }).waitFor();
    expect(await opened.page.locator('html').getAttribute('lang')).toBe(language);
  });

  it('is in another language if the person chooses so, also the next time', async () => {
    await using opened = await browser.open(gateway, '/search');
    const { page } = opened;
    await page.getByRole('combobox', { name: 'Language' }).selectOption('fr');
    await page.getByRole('heading', { level: 1, name: 'Rechercher' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Rechercher' }).waitFor();
    await opened.expectAccessible();
  });

  it('says that an address does not exist', async () => {
    for (const path of ['/nothing', '/destinations/a/b/c']) {
      await using opened = await browser.open(gateway, path, { expected: [/404/] });
      await opened.page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
      await opened.page.getByRole('link', { name: 'Look up segments' }).click();
      await opened.page.getByRole('heading', { level: 1, name: 'Look up' }).waitFor();
    }
  });

  it('can be used with the keyboard alone', async () => {
    await using opened = await browser.open(gateway, '/');
    const { page } = opened;
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.innerText()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.getByRole('link', { name: 'Search', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor();
  });

  it.each([
    ['dark', { isDark: true }],
    ['on a narrow screen', { width: 360, height: 700 }],
  ])('is accessible %s', async (_, options) => {
    await using opened = await browser.open(gateway, '/', options);
    await opened.page.getByRole('heading', { level: 1 }).waitFor();
    await opened.expectAccessible();
    const widths = await opened.page.evaluate<number[]>('[document.body.scrollWidth, innerWidth]');
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
  });

  it('has its views in a menu on a narrow screen', async () => {
    await using opened = await browser.open(gateway, '/', { width: 360, height: 700 });
    const { page } = opened;
    const link = page.getByRole('link', { name: 'Destinations' });
    await page.getByRole('button', { name: 'Menu' }).waitFor();
    expect(await link.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await opened.expectAccessible();
    await link.click();
    await page.getByRole('heading', { level: 1, name: 'Destinations' }).waitFor();
    expect(await link.isVisible()).toBe(false);
  });

  it('asks to be loaded again if the gateway was updated meanwhile', async () => {
    await using opened = await openBusy([/Failed to (?:load|fetch)/]);
    const { page } = opened;
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/assets/*', (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Load a file' }).click();
    await page.getByRole('heading', { name: 'The gateway was updated' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Load a file' }).waitFor();
  });

  it('loads its views beforehand, so that they open while the network is away', async () => {
    await using opened = await browser.open(gateway, '/', {
      expected: [/ERR_INTERNET_DISCONNECTED/],
      // Without it the browser notes no resources.
      ownTime: true,
    });
    const { page } = opened;
    // They are asked for when the browser has nothing else to do.
    const scripts = (): Promise<string[]> =>
      page.evaluate(
        "performance.getEntriesByType('resource').flatMap(({ name, responseEnd }) => (responseEnd > 0 ? [name] : []))",
      );
    await expect.poll(scripts).toContainEqual(expect.stringMatching(/\/load-[^/]*\.js$/));
    await page.waitForLoadState('networkidle');
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Load a file' }).click();
    await page.getByRole('heading', { level: 1, name: 'Load a file' }).waitFor();
  });

  it('keeps a view while the next one cannot be loaded, and loads it when the gateway is back', async () => {
    await using opened = await openBusy([/ERR_FAILED/]);
    const { page } = opened;
    const input = page.getByRole('textbox', { name: 'IDs' });
    await input.fill('1001');
    await page.getByRole('link', { name: 'Segment 1' }).waitFor();
    await page.route(/assets|healthz/, (route) => route.abort());
    await page.getByRole('link', { name: 'Load a file' }).click();
    await page.getByText('The gateway does not answer.').first().waitFor();
    expect(await input.inputValue()).toBe('1001');
    await page.unrouteAll();
    await page.getByRole('heading', { level: 1, name: 'Load a file' }).waitFor();
    // The view that was left has not written its IDs into the address of the next one.
    expect(new URL(page.url()).searchParams.has('ids')).toBe(false);
    // Its style sheets are there too; rules of one that failed cannot be read.
    expect(
      await page.evaluate('[...document.styleSheets].every(({ cssRules }) => cssRules.length > 0)'),
    ).toBe(true);
  });

  it('says that it is offline, keeps what was typed, and goes on by itself', async () => {
    await using opened = await browser.open(gateway, '/', { expected: [/ERR_INTERNET_DISCONNECTED/] });
    const { page } = opened;
    const input = page.getByRole('textbox', { name: 'IDs' });
    await input.waitFor();
    await page.context().setOffline(true);
    await input.fill('1001');
    await page.getByText('This device is offline.').first().waitFor();
    expect(await input.inputValue()).toBe('1001');
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'Segment 1' }).waitFor();
  });
});

describe.skipIf(installedBrowser === null)(
  needing('the page of a gateway that is restarted', { chromium: installedBrowser }),
  () => {
    it('says so, keeps what was typed, and goes on when the gateway is back', async () => {
      await using gateway = await TestGateway.start({ simulated: SIMULATED });
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(gateway, '/', { expected: [/502/] });
      const { page } = opened;
      await page.getByRole('textbox', { name: 'IDs' }).waitFor();
      await page.route(/graphql|healthz/, (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }));
      await page.getByRole('textbox', { name: 'IDs' }).fill('1002');
      await page.getByText('The gateway does not answer').first().waitFor();
      // Something else answers in its place, such as a proxy: nothing is asked for again.
      let [checks, questions] = [0, 0];
      await page.route(/graphql/, (route) => {
        questions += 1;
        return route.fulfill({ status: 502, body: 'Bad Gateway' });
      });
      await page.route(/healthz/, (route) => {
        checks += 1;
        if (checks === 1) questions = 0;
        return route.fulfill({ contentType: 'text/html', body: '<h1>Log in to this network</h1>' });
      });
      await expect.poll(() => checks).toBeGreaterThan(1);
      expect(questions).toBe(0);
      await page.unrouteAll();
      await page.getByRole('link', { name: 'Segment 2' }).waitFor();
      expect(await page.getByRole('textbox', { name: 'IDs' }).inputValue()).toBe('1002');
    });
  },
);
