import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCustomers } from '../../src/simulator/index.js';
import { failureKindOf } from '../../src/web/parts/failure.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { begun } from '../support/waiting.js';
import { TestBrowser, installedBrowser, type OpenPage } from './browser.js';

const READER = 'key-that-reads';
const REFRESHER = 'key-that-refreshes-only';
const KEEPER = 'key-that-reads-and-refreshes';
const NOBODY = 'key-that-sees-no-destination';

const boardOf = ({ page }: OpenPage) => page.getByRole('table', { name: 'Destinations' });
const rowOf = (opened: OpenPage, name: string | RegExp) => boardOf(opened).getByRole('row', { name });
const queryOf = ({ page }: OpenPage): Record<string, string> =>
  Object.fromEntries(new URL(page.url()).searchParams);

describe('the reasons of failures', () => {
  const documented = readFileSync('docs/failures.md', 'utf8').matchAll(
    /^\| ([^|`]+?) +\| `(AAM_\w+)` +\| `([^`]+)` +\|/gm,
  );
  const rows = [...documented].map(([, failure = '', code = '', words = '']) => ({ failure, code, words }));

  it('has words of its own for each failure in docs/failures.md', () => {
    // The codes of the system stand in the message where the table only has `E`.
    const codes: Record<string, string> = {
      'host name unknown': 'ENOTFOUND: its host name does not exist',
      'connection reset': 'ECONNRESET: the connection was reset',
    };
    const kinds = rows.map(({ failure, code, words }) =>
      failureKindOf(code, `Audience Manager ${words} ${codes[failure] ?? ''}`),
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(kinds).not.toContain('other');
    expect(new Set(kinds).size).toBe(rows.length);
  });
});

describe.skipIf(installedBrowser === null)(
  needing('the board without access control', { chromium: installedBrowser }),
  () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    let gateway: TestGateway;
    let browser: TestBrowser;

    beforeAll(async () => {
      gateway = await TestGateway.start({
        simulated: customers,
        customers: gatewayCustomers.map(({ credentials, destinations, ...customer }) => ({
          ...customer,
          credentials: credentials ?? null,
          destinations: destinations.map((each) => ({ segmentIdType: 'AUTO', ...each })),
        })),
      });
      browser = await TestBrowser.start();
      await gateway.query('{ searchSegments(text: "x", first: 1) { totalCount } }');
    });

    afterAll(async () => {
      await browser[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    });

    it('says of each destination what it is, how much is in it and how fresh it is', async () => {
      await using opened = await browser.open(gateway, '/destinations');
      const { page } = opened;
      const row = rowOf(opened, /Acme audience network/);
      await row.waitFor();
      for (const text of ['Acme Retail', '314', 'Server to server', 'Fresh', '250', 'now', 'as configured']) {
        expect(await row.textContent()).toContain(text);
      }
      expect(await row.getByRole('link', { name: 'Acme audience network' }).getAttribute('href')).toBe(
        '/destinations/acme/314',
      );
      await row.getByRole('button', { name: 'Server to server' }).click();
      await row.getByText('New and earlier visitors. They need not be seen again.').waitFor();
      await opened.expectAccessible();
      await page.keyboard.press('Escape');
      expect(await rowOf(opened, /Initech/).textContent()).toContain('By hand only');
      expect(
        await rowOf(opened, /Initech/)
          .getByRole('button', { name: /Read now/ })
          .count(),
      ).toBe(0);
      expect(await rowOf(opened, /Globex edge stream/).textContent()).toContain('Switched off');
    });

    it('says in plain words why a destination fails, and what helps', async () => {
      await using opened = await browser.open(gateway, '/destinations');
      const { page } = opened;
      await page
        .getByRole('navigation', { name: 'Destinations by state' })
        .getByRole('link', { name: 'Failing 2' })
        .click();
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(3);
      await expect.poll(() => queryOf(opened)).toEqual({ status: 'failing' });
      const hooli = rowOf(opened, /Hooli/);
      expect(await hooli.textContent()).toContain('The customer’s password is not accepted.');
      expect(await hooli.textContent()).toContain('Ask the customer for the new one.');
      await hooli.getByText('What the gateway says').click();
      await hooli.getByText('AAM_AUTH_FAILED').waitFor();
      expect(await rowOf(opened, /569/).textContent()).toContain(
        'The customer does not let us read this destination.',
      );
      await opened.expectAccessible();
    });

    it('reads a destination when asked to, and says how it went', async () => {
      await using opened = await browser.open(gateway, '/destinations?q=site+personalisation');
      const row = rowOf(opened, /Acme site personalisation/);
      await row.waitFor();
      expect(await row.textContent()).toContain('24');
      // What the simulator has, it sends with the next answer.
      const account = customers[0]?.destinations.find(({ id }) => id === 320);
      account?.mappings.push({ mappingId: 99_999, name: 'A new one', alias: 'audience', value: '99' });
      await row.getByRole('button', { name: 'Read now: Acme site personalisation' }).click();
      await row.getByText('Read just now.').waitFor();
      expect(await row.getByRole('cell', { name: '25', exact: true }).count()).toBe(1);
      // Within the same moment a destination is not read twice.
      gateway.clock.advance(60_000);
      const fault = gateway.simulator.fault({ destinationId: 320, action: { kind: 'status', status: 404 } });
      await row.getByRole('button', { name: 'Read now: Acme site personalisation' }).click();
      await row.getByText('It could not be read.').waitFor();
      await row.getByText('The customer has no destination with this ID (any more).').waitFor();
      fault.remove();
      gateway.clock.advance(60_000);
      await row.getByRole('button', { name: 'Read now: Acme site personalisation' }).click();
      await row.getByText('Read just now.').waitFor();
      await expect.poll(() => row.textContent()).toContain('Fresh');
    });

    it('shows what the filter says by the time that a destination was read', async () => {
      await using opened = await browser.open(gateway, '/destinations?q=globex');
      const { page } = opened;
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(7);
      const isRefresh = (body: string | null): boolean =>
        body?.includes('mutation DestinationsRefresh') === true;
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      await page.route('**/graphql', async (route) => {
        if (isRefresh(route.request().postData())) await held;
        await route.continue();
      });
      const sent = begun(page.waitForRequest((request) => isRefresh(request.postData())));
      await rowOf(opened, /Globex pull feed/)
        .getByRole('button', { name: /^Read now/ })
        .click();
      await sent;
      await page.getByRole('searchbox', { name: 'Search destinations' }).fill('globex pull');
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(2);
      const next = begun(
        page.waitForRequest((request) => request.postData()?.includes('query Destinations(') === true),
      );
      goOn();
      const { variables } = (await next).postDataJSON() as { variables: { search: string } };
      expect(variables.search).toBe('globex pull');
      await page.getByText('Read just now.').waitFor();
      expect(await boardOf(opened).getByRole('row').count()).toBe(2);
    });

    it('says what the IDs were, and has the line for the configuration to copy', async () => {
      const ids = Array.from({ length: 12 }, (_, index) => `${310_000 + index}`);
      await gateway.query(
        'query ($ids: [ID!]!) { segments(destinationId: "567", segmentIds: $ids) { sid } }',
        { ids },
      );
      await using opened = await browser.open(gateway, '/destinations?q=web+analytics');
      const { page } = opened;
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      const row = rowOf(opened, /Globex web analytics/);
      await row.getByText('segmentIdType: SID').waitFor();
      expect(await row.textContent()).toContain('12 segment ID (sid)');
      await row.getByRole('button', { name: 'Copy line' }).click();
      await row.getByRole('button', { name: 'Copied' }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('segmentIdType: SID');
    });

    it('is searched and filtered, all in the address', async () => {
      await using opened = await browser.open(gateway, '/destinations');
      const { page } = opened;
      await page.getByRole('searchbox', { name: 'Search destinations' }).fill('globex');
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(7);
      expect(await boardOf(opened).locator('mark').first().textContent()).toBe('Globex');
      await page.getByRole('combobox', { name: 'Type' }).selectOption('Fetches the data itself');
      await expect.poll(() => queryOf(opened)).toEqual({ q: 'globex', type: 'pull' });
      await rowOf(opened, /Globex pull feed/).waitFor();
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(2);
      await page.getByRole('link', { name: /^Failing/ }).click();
      await page.getByText('No destination matches').waitFor();
      await page.getByRole('button', { name: 'Show all destinations' }).click();
      await expect.poll(() => boardOf(opened).getByRole('row').count()).toBe(18);
      await page.goBack();
      await page.getByText('No destination matches').waitFor();
    });

    it('works on a narrow screen, in the dark and in French', async () => {
      await using opened = await browser.open(gateway, '/destinations', {
        width: 360,
        isDark: true,
        locale: 'fr-FR',
      });
      const { page } = opened;
      await rowOf(opened, /Hooli/).waitFor();
      expect(await rowOf(opened, /Hooli/).textContent()).toContain('Demandez le nouveau au client.');
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await opened.expectAccessible();
    });
  },
);

describe.skipIf(installedBrowser === null)(
  needing('the board with access control', { chromium: installedBrowser }),
  () => {
    const hostile = '<script>document.title = 1</script> \u202e gnihton';
    let gateway: TestGateway;
    let browser: TestBrowser;

    beforeAll(async () => {
      gateway = await TestGateway.start({
        simulated: [
          passwordCustomer(
            'acme',
            destination(1, 3, { name: hostile }),
            destination(2, 3, { name: `Long ${'name '.repeat(150)}` }),
          ),
        ],
        customers: [
          { id: 'acme' },
          {
            id: 'bulk',
            credentials: null,
            destinations: Array.from({ length: 2_000 }, (_, index) => ({
              id: index + 1,
              name: `Bulk ${String(index + 1).padStart(4, '0')}`,
              type: 'URL',
            })),
          },
          { id: 'empty', credentials: null, destinations: [{ id: 1, name: 'Unseen' }] },
        ],
        config: {
          access: {
            apiKeys: [
              entryOf(READER, 'reader', ['acme', 'bulk'], ['read']),
              entryOf(KEEPER, 'keeper', ['acme'], ['read', 'refresh']),
              entryOf(REFRESHER, 'refresher', ['acme'], ['refresh']),
              entryOf(NOBODY, 'nobody', [], ['read']),
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

    it('leads through 2,000 destinations', async () => {
      await using opened = await browser.open(gateway, '/destinations?customer=bulk', { key: READER });
      const { page } = opened;
      await page.getByText('1–50 of 2,000').waitFor();
      await page.getByRole('link', { name: 'By hand only 2,000' }).waitFor();
      await page.getByRole('button', { name: 'Next page' }).click();
      await page.getByText('51–100 of 2,000').waitFor();
      await rowOf(opened, /Bulk 0051/).waitFor();
      await page.reload();
      await rowOf(opened, /Bulk 0051/).waitFor();
      await page.getByRole('searchbox').fill('1999');
      await page.getByText('1–1 of 1').waitFor();
      await rowOf(opened, /Bulk 1999/).waitFor();
    });

    it('offers no refresh to who may not refresh', async () => {
      await using reading = await browser.open(gateway, '/destinations?customer=acme', { key: READER });
      await rowOf(reading, /Long name/).waitFor();
      expect(await reading.page.getByRole('button', { name: /^Read now/ }).count()).toBe(0);
      await using keeping = await browser.open(gateway, '/destinations', { key: KEEPER });
      await rowOf(keeping, /Long name/).waitFor();
      expect(await keeping.page.getByRole('button', { name: /^Read now/ }).count()).toBe(2);
      expect(await keeping.page.getByRole('combobox', { name: 'Customer' }).count()).toBe(0);
      expect(await keeping.page.getByText('Bulk').count()).toBe(0);
    });

    it('lets who may refresh but not read name a destination', async () => {
      await using opened = await browser.open(gateway, '/destinations', { key: REFRESHER });
      const { page } = opened;
      await page.getByRole('textbox', { name: 'Customer' }).fill('acme');
      await page.getByRole('textbox', { name: 'Destination' }).fill('1');
      await page.getByRole('button', { name: 'Read now' }).click();
      await page.getByText('Read just now.').waitFor();
      await page.getByRole('textbox', { name: 'Destination' }).fill('12345');
      await page.getByRole('button', { name: 'Read now' }).click();
      await page.getByText('There is no such thing here').waitFor();
      await opened.expectAccessible();
    });

    it('shows names from outside without letting them do anything', async () => {
      await using opened = await browser.open(gateway, '/destinations?customer=acme', { key: READER });
      await rowOf(opened, /Long name/).waitFor();
      const text = (await boardOf(opened).textContent()) ?? '';
      expect(text).toContain('<script>document.title = 1</script> U+202E gnihton');
      expect(text).not.toContain('\u202e');
      expect(await boardOf(opened).locator('script').count()).toBe(0);
      expect(
        (
          await rowOf(opened, /Long name/)
            .getByRole('link')
            .textContent()
        )?.length,
      ).toBeLessThan(200);
      await opened.expectAccessible();
    });

    it('says so where there is nothing to see', async () => {
      await using opened = await browser.open(gateway, '/destinations', { key: NOBODY });
      await opened.page.getByText('There are no destinations here').waitFor();
    });
  },
);
