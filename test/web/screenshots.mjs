/**
 * `npm run screenshots`: makes the pictures of the page in `docs/images` from the demo, each view at two widths. Needs
 * Chromium. Run it when the page looks different.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { chromium } from 'playwright-core';

const FOLDER = 'docs/images';
const IDS = '80920\n80921\n600000\n310000\n1';
const FILE = 'sid,name\n900101,Loyal customers\n900102,Newsletter readers\n900x,Mistyped\n';

/** @type {readonly { name: string, path: string, then?: (page: import('playwright-core').Page) => Promise<void> }[]} */
const VIEWS = [
  {
    name: 'look-up',
    path: '/',
    then: async (page) => {
      await page.getByRole('textbox').first().fill(IDS);
      await page
        .getByRole('link', { name: /Cart abandoners/ })
        .first()
        .waitFor();
    },
  },
  { name: 'search', path: '/search?q=cart' },
  { name: 'destinations', path: '/destinations' },
  { name: 'destination', path: '/destinations/acme/314' },
  { name: 'segment', path: '/destinations/acme/314/segments/sid/80920' },
  {
    name: 'load',
    path: '/load?customer=initech&destination=900',
    then: async (page) => {
      const file = { name: 'names.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) };
      await page.locator('input[type=file]').setInputFiles(file);
      await page.getByRole('table').first().waitFor();
    },
  },
  { name: 'imports', path: '/imports' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'explorer', path: '/explorer' },
];

const WIDTHS = [
  { suffix: '', width: 1120, height: 760 },
  { suffix: '-narrow', width: 390, height: 760 },
];

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
await mkdir(FOLDER, { recursive: true });
const demo = spawn(process.execPath, ['dist/main.js', 'demo', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const url = await urlOf(demo);
  for (const { suffix, ...viewport } of WIDTHS) {
    const context = await browser.newContext({ viewport, locale: 'en-GB', colorScheme: 'light' });
    for (const { name, path, then } of VIEWS) {
      const page = await context.newPage();
      await page.goto(`${url}${path}`, { waitUntil: 'networkidle' });
      await then?.(page);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: `${FOLDER}/${name}${suffix}.png`, animations: 'disabled' });
      await page.close();
    }
    await context.close();
  }
  await browser.close();
} finally {
  demo.kill();
}

/** The address of the demo, once it has printed it. */
async function urlOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /The page for people +(\S+)/.exec(line) ?? [];
    if (url !== undefined) {
      stdout.resume();
      return url;
    }
  }
  throw new Error('The demo has ended before it was ready.');
}
