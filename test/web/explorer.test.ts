import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type FurtherConfig } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { TestBrowser, installedBrowser, type OpenOptions, type OpenPage } from './browser.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];

const SAMPLES = [
  {
    title: 'Names of two segments',
    document: `query Names {
  segments(customerId: "acme", destinationId: "314", segmentIds: ["1001", "1002"]) { label }
}`,
  },
  { title: 'Who you are', document: 'query Me { viewer { name } }' },
];

const READER = 'reader-key-that-is-long-enough-for-the-test';
const ENGINEER = 'engineer-key-that-is-long-enough-for-the-test';

/** The browser itself writes an error to the console for an answer with such a status. */
const status = (...codes: number[]) => codes.map((code) => new RegExp(`status of ${code}`));

/** A tab of GraphiQL has the button that closes it inside. */
const OF_GRAPHIQL = ['nested-interactive'];

const start = async (
  config: FurtherConfig = {},
  files: Record<string, string> = {},
  samples = SAMPLES,
): Promise<TestGateway> =>
  await TestGateway.start({ simulated: SIMULATED, config, files, gateway: { samples } });

describe.skipIf(installedBrowser === null)(needing('the explorer', { chromium: installedBrowser }), () => {
  let browser: TestBrowser;
  const open = async (gateway: TestGateway, options: OpenOptions = {}): Promise<OpenPage> => {
    return await browser.open(gateway, '/explorer', { ...options, ownTime: true });
  };

  beforeAll(async () => {
    browser = await TestBrowser.start();
  });

  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  describe('without access control', () => {
    let gateway: TestGateway;

    beforeAll(async () => {
      gateway = await start();
    });

    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
    });

    it('runs the samples of this gateway without any other network', async () => {
      await using opened = await open(gateway);
      const { page } = opened;
      const foreign = watchForeign(page, gateway);
      await page.reload();
      await expectOperation(page, '# Names of two segments');
      await page.locator('.graphiql-query-editor .view-line').first().click();
      await page.keyboard.press('Control+Enter');
      await expectResult(page, '"label": "Segment 2"');
      await expect.poll(() => page.title()).toContain('Explorer');
      expect(await page.getByRole('link', { name: 'Back to the page' }).getAttribute('href')).toBe('/');
      expect(await page.getByLabel('Key', { exact: true }).count()).toBe(0);
      expect(foreign).toEqual([]);
    });

    it('lists the fields of the schema, puts operations together from them, and explains them', async () => {
      await using opened = await open(gateway);
      const { page } = opened;
      const field = page.locator('.graphiql-explorer-segments [data-field-name="mappingId"]');
      await field.first().click();
      await expectOperation(page, 'mappingId');
      await opened.expectAccessible(OF_GRAPHIQL);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByRole('link', { name: 'Query', exact: true }).click();
      await page.getByRole('link', { name: 'searchSegments' }).waitFor();
    });

    it('checks the operation while one types', async () => {
      await using opened = await open(gateway);
      const { page } = opened;
      await expectOperation(page, 'query Names');
      await page.locator('.graphiql-query-editor .view-line').last().click();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('query Wrong { nothing ');
      // The threads that check it are files of the gateway.
      await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();
    });

    it('offers a sample again whose tab was closed', async () => {
      await using opened = await open(gateway);
      const { page } = opened;
      await expectOperation(page, 'query Names');
      const tab = page.getByRole('tab', { name: /^Me/ });
      await tab.click();
      await tab.getByLabel('Close Tab').click();
      await page.getByRole('button', { name: 'Show Samples' }).click();
      await page.getByRole('button', { name: 'Who you are' }).click();
      await expectOperation(page, 'query Me');
      await page.getByRole('button', { name: 'Names of two segments' }).click();
      await expectOperation(page, 'query Names');
      await tab.waitFor();
      expect(await page.getByRole('tab').count()).toBe(2);
      await opened.expectAccessible(OF_GRAPHIQL);
    });

    it("follows the system's colours", async () => {
      await using opened = await open(gateway, { isDark: true });
      const { page } = opened;
      await page.locator('.graphiql-query-editor .monaco-editor.vs-dark').waitFor();
      const dark = await backgroundOf(page);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.locator('.graphiql-query-editor .monaco-editor.vs').waitFor();
      expect(await backgroundOf(page)).not.toBe(dark);
    });

    it('has room for the operation and its result on a narrow screen', async () => {
      await using opened = await open(gateway, { width: 360, height: 740 });
      const { page } = opened;
      await expectOperation(page, 'query Names');
      await run(page);
      await expectResult(page, '"segments"');
      for (const part of ['.graphiql-query-editor', '.graphiql-response']) {
        const box = await page.locator(part).boundingBox();
        expect(box?.width).toBeGreaterThan(250);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
      }
    });

    it('says that the gateway cannot be reached, keeps what was written, and goes on when it can', async () => {
      await using opened = await open(gateway, {
        expected: [/ERR_CONNECTION_REFUSED/],
      });
      const { page } = opened;
      await expectOperation(page, 'query Names');
      await expectSchema(page);
      await page.route('**/graphql', (route) => route.abort('connectionrefused'));
      await page.getByRole('button', { name: /^Re-fetch GraphQL schema/ }).click();
      await expectNotice(page, 'The gateway does not answer.');
      await expectOperation(page, 'query Names');
      await page.unroute('**/graphql');
      await page.getByRole('button', { name: 'Try again' }).click();
      await noticeOf(page).waitFor({ state: 'detached' });
      await run(page);
      await expectResult(page, 'Segment 2');
    });
  });

  describe('with access control', () => {
    let gateway: TestGateway;

    beforeAll(async () => {
      const documents = { first: SAMPLES[1]!.document };
      gateway = await start(
        {
          access: {
            apiKeys: [
              entryOf(READER, 'the reader', 'all', ['read']),
              entryOf(ENGINEER, 'the engineer', 'all', ['read', 'explore']),
            ],
            trustedDocuments: { file: 'documents.json', only: true },
          },
        },
        { 'documents.json': JSON.stringify(documents) },
        SAMPLES.toReversed(),
      );
    });

    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
    });

    it('asks for the key, keeps it for the tab, and sends it along', async () => {
      await using opened = await open(gateway, { expected: status(401) });
      const { page } = opened;
      const field = page.getByLabel('Key', { exact: true });
      await expectNotice(page, 'This gateway answers only callers with a key.');
      await opened.expectAccessible(OF_GRAPHIQL);
      for (const wrong of ['not-a-key', 'clé']) {
        await field.fill(wrong);
        await page.keyboard.press('Enter');
        await expectNotice(page, 'The gateway does not accept this key.');
        expect(await storedKey(page)).toBeNull();
      }
      await field.fill(ENGINEER);
      await page.keyboard.press('Enter');
      await field.waitFor({ state: 'detached' });
      await expectSchema(page);
      await run(page);
      await expectResult(page, '"name": "the engineer"');
      expect(await storedKey(page)).toBe(ENGINEER);

      await page.reload();
      await expectSchema(page);
      expect(await field.count()).toBe(0);
      expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(ENGINEER);
      expect(page.url()).toBe(`${gateway.gateway.url}/explorer`);
    });

    it('keeps tabs and history for the browser tab only, until the person signs out', async () => {
      await using opened = await open(gateway, { key: ENGINEER, expected: status(401) });
      const { page } = opened;
      const kept = async (): Promise<string> => await page.evaluate<string>('JSON.stringify(sessionStorage)');
      await expectOperation(page, 'query Me');
      await expectSchema(page);
      await run(page);
      await expectResult(page, '"name": "the engineer"');
      // Once in a tab and once in the history.
      await expect.poll(async () => (await kept()).split('query Me').length - 1).toBeGreaterThan(1);
      expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain('query Me');
      await page.getByRole('link', { name: 'Back to the page' }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
      expect(await kept()).not.toContain('query Me');
    });

    it('says which permission is missing when the schema is refused, and takes another key', async () => {
      // The key with which the person has signed in on the page.
      await using opened = await open(gateway, { key: READER, expected: status(403) });
      const { page } = opened;
      await expectNotice(page, 'With this key, the schema cannot be read');
      await expectNotice(page, 'others need the permission explore');
      await opened.expectAccessible(OF_GRAPHIQL);
      await page.getByRole('button', { name: 'Change key' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await expectNotice(page, 'others need the permission explore');
      await page.getByRole('button', { name: 'Change key' }).click();
      await page.getByLabel('Key', { exact: true }).fill(ENGINEER);
      await page.keyboard.press('Enter');
      await expectSchema(page);
      await noticeOf(page).waitFor({ state: 'detached' });
    });
  });

  it('works without completion where the gateway gives nobody its schema', async () => {
    await using gateway = await start({ limits: { introspection: false } });
    await using opened = await open(gateway, { expected: status(400) });
    const { page } = opened;
    await expectNotice(page, 'Introspection is switched off on this gateway.');
    await expectOperation(page, 'query Names');
    await run(page);
    await expectResult(page, 'Segment 2');
  });

  it('says when to try again where there were too many requests', async () => {
    await using gateway = await start({
      access: { apiKeys: [entryOf(READER, 'the reader', 'all', ['read'])] },
      limits: { requestsPerMinute: 1 },
    });
    await using opened = await open(gateway, { key: READER, expected: status(429) });
    const { page } = opened;
    await expectSchema(page);
    await page.getByRole('button', { name: /^Re-fetch GraphQL schema/ }).click();
    await expectNotice(page, 'Try again in 60 s.');
    gateway.clock.advance(60_000);
    await page.getByRole('button', { name: 'Try again' }).click();
    await noticeOf(page).waitFor({ state: 'detached' });
  });
});

describe('the explorer over HTTP', () => {
  it('needs no key, holds to a policy of its own, and gives its samples', async () => {
    await using gateway = await start({ access: { apiKeys: [entryOf(READER, 'the reader', 'all')] } });
    const page = await gateway.fetch('/explorer');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(await page.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    const samples = await gateway.fetch('/explorer/samples.json');
    expect(await samples.json()).toEqual(SAMPLES);
  });

  it('is off where the configuration says so', async () => {
    await using gateway = await start({ listen: { port: 0, explorer: false } });
    for (const path of ['/explorer', '/explorer/samples.json']) {
      expect((await gateway.fetch(path)).status).toBe(404);
    }
  });

  it('is no part of the page: not one of its scripts has anything of it', async () => {
    const scripts = await scriptsOf('index.html');
    expect(scripts.size).toBeGreaterThan(3);
    for (const [name, text] of scripts) expect(/graphiql|monaco/i.test(text), name).toBe(false);
    // The same is found in the explorer's.
    expect([...(await scriptsOf('explorer.html')).values()].some((text) => /monaco/i.test(text))).toBe(true);
  });
});

/** All scripts that a built page loads, at once or later, by their names. */
async function scriptsOf(html: string): Promise<ReadonlyMap<string, string>> {
  const read = async (path: string): Promise<string> => await readFile(join('dist/web', path), 'utf8');
  const scripts = new Map<string, string>();
  const waiting = namesIn(await read(html));
  for (const name of waiting) {
    if (scripts.has(name)) continue;
    const text = await read(join('assets', name));
    scripts.set(name, text);
    waiting.push(...namesIn(text));
  }
  return scripts;
}

/** Names of scripts in a text. Built files name each other in full. */
function namesIn(text: string): string[] {
  return Array.from(text.matchAll(/["'`](?:\.\/|\/?assets\/)([\w.-]+\.js)["'`]/g), ([, name = '']) => name);
}

/** Notes all requests to others than the gateway, and does not let them through. */
function watchForeign(page: Page, gateway: TestGateway): readonly string[] {
  const foreign: string[] = [];
  void page.route(
    (url) => url.origin !== gateway.gateway.url && url.protocol !== 'data:',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  return foreign;
}

async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

async function expectOperation(page: Page, text: string): Promise<void> {
  await expectLines(page, '.graphiql-query-editor', text);
}

async function expectResult(page: Page, text: string): Promise<void> {
  await expectLines(page, '.graphiql-response', text);
}

/** Waits until an editor shows a text. Monaco writes spaces that do not break. */
async function expectLines(page: Page, editor: string, text: string): Promise<void> {
  const lines = page.locator(`${editor} .view-lines`);
  const shown = async (): Promise<string> => (await lines.innerText()).replaceAll('\u00A0', ' ');
  await expect.poll(shown).toContain(text);
}

/** Waits until the panel of the plug-in lists the fields of the schema. */
async function expectSchema(page: Page): Promise<void> {
  await page.locator('[data-field-name="searchSegments"]').waitFor();
}

async function expectNotice(page: Page, text: string): Promise<void> {
  await noticeOf(page).filter({ hasText: text }).waitFor();
}

/** The explorer's own notice. The editors have places for messages of their own. */
function noticeOf(page: Page): Locator {
  return page.locator('.explorer-notice');
}

async function backgroundOf(page: Page): Promise<string> {
  return await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor",
  );
}

async function storedKey(page: Page): Promise<string | null> {
  return await page.evaluate<string | null>("sessionStorage.getItem('aam-gateway.key')");
}
