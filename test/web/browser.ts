import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findProgram } from '../support/programs.js';
import type { TestGateway } from '../support/gateway.js';

/** Browsers that the tests can use. The first one is Chromium without its windows, which opens a page twice as fast. */
const BROWSERS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** The browser that is installed; `null`: none. Tests that need it are skipped then, see `needing`. */
export const installedBrowser = BROWSERS.map(findProgram).find((path) => path !== null) ?? null;

/** How a page is opened. */
export interface OpenOptions {
  /** The key that the person has signed in with. */
  readonly key?: string;
  /** The browser's language. Default: `en-GB`. */
  readonly locale?: string;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  /** Leaves the browser its own time: the explorer's editor measures with what the gateway's time would replace. */
  readonly ownTime?: boolean;
  /** Errors in the console that belong to the test, such as `/401/` where a key is wrong. */
  readonly expected?: readonly RegExp[];
}

/** A browser for the tests of a file. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    if (installedBrowser === null) throw new Error('there is no browser; skip this test');
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    return new TestBrowser(await chromium.launch({ executablePath: installedBrowser, args }));
  }

  /** Opens an address of a gateway's page in a browser profile of its own. The browser has the gateway's time. */
  async open(gateway: TestGateway, path: string, options: OpenOptions = {}): Promise<OpenPage> {
    const {
      key,
      locale = 'en-GB',
      width = 1280,
      height = 900,
      isDark = false,
      ownTime = false,
      expected = [],
    } = options;
    const context = await this.#browser.newContext({
      locale,
      timezoneId: 'Europe/Berlin',
      viewport: { width, height },
      colorScheme: isDark ? 'dark' : 'light',
    });
    if (key !== undefined) {
      // Only at the beginning: then the page keeps or forgets a key itself.
      await context.addInitScript(`
        if (sessionStorage.getItem('test.began') === null) {
          sessionStorage.setItem('test.began', 'true');
          sessionStorage.setItem('aam-gateway.key', ${JSON.stringify(key)});
        }`);
    }
    if (!ownTime) await context.clock.setFixedTime(gateway.clock.now());
    const origin = new URL(gateway.gateway.url).origin;
    const opened = new OpenPage(context, await context.newPage(), origin, expected);
    await opened.page.goto(`${gateway.gateway.url}${path}`);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/**
 * An open page. When it is disposed of, the test fails if the page has thrown, has written an error to the console, was
 * refused something by the content security policy, or has asked another site for anything.
 */
export class OpenPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #errors: string[] = [];

  constructor(context: BrowserContext, page: Page, origin: string, expected: readonly RegExp[]) {
    this.#context = context;
    this.page = page;
    // Less than a test may take, so that the error says what was waited for.
    page.setDefaultTimeout(30_000);
    const note = (text: string): void => {
      if (!expected.some((pattern) => pattern.test(text))) this.#errors.push(text);
    };
    page.on('request', (request) => {
      const { protocol, origin: its } = new URL(request.url());
      if (/^(?:http|ws)s?:$/.test(protocol) && its !== origin) note(`asked another site: ${request.url()}`);
    });
    page.on('pageerror', (error) => note(`thrown: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        note(`console: ${message.text()} (${message.location().url})`);
      }
    });
  }

  /** Errors so far. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /**
   * Fails if the accessibility checker axe finds something serious in what the page shows now.
   *
   * @param except rules of axe that the page cannot keep
   */
  async expectAccessible(except: readonly string[] = []): Promise<void> {
    const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await this.page.evaluate(await readFile(source, 'utf8'));
    const { violations } = await this.page.evaluate<AxeResults>(
      "axe.run(document, { resultTypes: ['violations'] })",
    );
    const found = violations
      .filter(({ id, impact }) => (impact === 'serious' || impact === 'critical') && !except.includes(id))
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
      );
    expect(found).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    if (this.#errors.length > 0) throw new Error(`the page had errors:\n${this.#errors.join('\n')}`);
  }
}
