import { once } from 'node:events';
import { get } from 'node:https';
import tls from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createDispatcher,
  fetchBy,
  openSender,
  type Account,
  type Sender,
  type SenderOptions,
} from '../../src/audience-manager/index.js';
import { Background } from '../../src/background/index.js';
import type { OutboundConfig } from '../../src/config/index.js';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { createAuthority, issue, type Certificate } from '../support/certificates.js';
import { FakeClock } from '../support/fake-clock.js';
import { ConnectProxy, type ProxyOptions } from '../support/proxy.js';
import { TlsFront } from '../support/tls-front.js';
import { ACME, accountFor, connect, failureOf, type Connection } from '../support/upstream.js';

const DIRECT: OutboundConfig = { ca: null, proxy: null, noProxy: [] };

const SILENT = createLogger({ redactor: new Redactor(), level: 'silent' });

/** Opens the sender under test. */
let open: (options: SenderOptions) => Sender;

/** A host that only the proxy can reach, on any port. */
const FAR_HOST = 'aam.example.test';

async function startSimulator(clock: FakeClock): Promise<AudienceManagerSimulator> {
  const simulator = await AudienceManagerSimulator.start({ customers: [ACME], now: () => clock.now() });
  onTestFinished(() => simulator.stop());
  return simulator;
}

interface Secured {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  readonly authority: Certificate;
  readonly front: TlsFront;
  /** Account whose URLs reach the simulator through TLS. */
  account(host?: string): Account;
  connect(outbound: Partial<OutboundConfig>): Connection;
}

/** A simulator behind TLS, with a certificate of an authority that is not trusted by default. */
async function startSecured(certificate: Parameters<typeof issue>[1] = {}): Promise<Secured> {
  const clock = new FakeClock();
  const simulator = await startSimulator(clock);
  const authority = await createAuthority();
  const front = await TlsFront.start(simulator.baseUrl, await issue(authority, certificate));
  onTestFinished(() => front[Symbol.asyncDispose]());
  return {
    clock,
    simulator,
    authority,
    front,
    account: (host) => {
      const account = accountFor(simulator, ACME);
      return {
        ...account,
        baseUrl: front.url(account.baseUrl, host),
        tokenUrl: front.url(account.tokenUrl, host),
      };
    },
    connect: (outbound) => connectBy(clock, outbound),
  };
}

function connectBy(clock: FakeClock, outbound: Partial<OutboundConfig>): Connection {
  return connect({
    clock,
    http: { sender: open({ outbound: { ...DIRECT, ...outbound }, connections: 8 }) },
  });
}

async function startProxy(options: ProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await ConnectProxy.start(options);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

async function namesBy({ client }: Connection, account: Account): Promise<(string | null)[]> {
  return [...(await client.listMappings(account, '314')).mappings].map(({ name }) => name);
}

const NAMES = ['Segment 1', 'Segment 2', 'Segment 3'];

/** Whether Node.js trusts a server by default. */
async function isAcceptedByNode(url: string): Promise<boolean> {
  const request = get(url, { agent: false });
  const outcome = await Promise.race([once(request, 'response'), once(request, 'error')]).catch(() => [null]);
  request.destroy();
  return outcome[0] !== null && !(outcome[0] instanceof Error);
}

describe.each([
  ['this thread', openSender],
  [
    'the background thread',
    (options: SenderOptions): Sender => new Background({ ...options, logger: SILENT }),
  ],
])('calls from %s to', (_, opener) => {
  beforeAll(() => {
    open = opener;
  });

  describe('a server whose certificate a private authority signed', () => {
    it('is called where outbound.ca holds that authority', async () => {
      const secured = await startSecured();
      const bundle = `${(await createAuthority('Another')).cert}\n${secured.authority.cert}`;
      const connection = secured.connect({ ca: bundle });
      expect(await namesBy(connection, secured.account())).toEqual(NAMES);
      expect(await namesBy(connection, secured.account('127.0.0.1'))).toEqual(NAMES);
    });

    it.each([
      ['without it', undefined],
      ['with another authority', 'Another authority'],
    ])('is not called %s, at once and with what to do', async (_, other) => {
      const secured = await startSecured();
      const ca = other === undefined ? null : (await createAuthority(other)).cert;
      const connection = secured.connect({ ca });
      const failure = await failureOf(namesBy(connection, secured.account()));
      expect(failure.code).toBe('AAM_UNAVAILABLE');
      expect(failure.message).toBe(
        'Audience Manager could not be reached: its certificate is not trusted ' +
          '(UNABLE_TO_VERIFY_LEAF_SIGNATURE); add the authority that issued it to outbound.ca.',
      );
      expect(secured.front.connections).toBe(1);
      expect(secured.simulator.count()).toBe(0);
    });

    it('is not called either where NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
      const secured = await startSecured();
      const connections = [
        secured.connect({}),
        secured.connect({ ca: (await createAuthority('Other')).cert }),
      ];
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      onTestFinished(() => void vi.unstubAllEnvs());
      expect(await isAcceptedByNode(secured.account().tokenUrl)).toBe(true);
      const before = secured.simulator.count();
      for (const connection of connections) {
        const { message } = await failureOf(namesBy(connection, secured.account()));
        expect(message).toContain('its certificate is not trusted');
      }
      expect(secured.simulator.count()).toBe(before);
    });

    it.each(['localhost', '127.0.0.1'])(
      'is not called as %s where its certificate is for another host',
      async (host) => {
        const secured = await startSecured({ hosts: ['api.example.com'] });
        const connection = secured.connect({ ca: secured.authority.cert });
        const { message } = await failureOf(namesBy(connection, secured.account(host)));
        expect(message).toBe(
          'Audience Manager could not be reached: its certificate is for another host ' +
            '(ERR_TLS_CERT_ALTNAME_INVALID); check baseUrl and tokenUrl.',
        );
        expect(secured.front.connections).toBe(1);
      },
    );

    it('is not called once its certificate has expired', async () => {
      const secured = await startSecured({ notBefore: new Date(2020, 1), notAfter: new Date(2020, 2) });
      const { message } = await failureOf(
        namesBy(secured.connect({ ca: secured.authority.cert }), secured.account()),
      );
      expect(message).toContain('its certificate is not valid now (CERT_HAS_EXPIRED)');
    });
  });

  describe('a proxy', () => {
    const credentials = { username: 'gate way', password: 'p@ss:wörd/100%' };
    const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');

    it('is asked for a tunnel, with its credentials, which nobody else sees', async () => {
      const secured = await startSecured({ hosts: [FAR_HOST] });
      const proxy = await startProxy({ credentials, hosts: { [FAR_HOST]: secured.front.port } });
      const connection = secured.connect({ ca: secured.authority.cert, proxy: proxy.url });
      expect(await namesBy(connection, secured.account(FAR_HOST))).toEqual(NAMES);
      expect(new Set(proxy.targets)).toEqual(new Set([`${FAR_HOST}:${secured.front.port}`]));
      expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${basic}`]));
      const headers = secured.simulator.calls.map((call) => call.headers);
      expect(headers.length).toBeGreaterThan(1);
      expect(JSON.stringify(headers)).not.toContain('proxy');
      expect(JSON.stringify(headers)).not.toContain(basic);
    });

    it('is given the user alone where there is no password, and nothing where there is neither', async () => {
      const secured = await startSecured({ hosts: [FAR_HOST] });
      const proxy = await startProxy({ hosts: { [FAR_HOST]: secured.front.port } });
      const ca = secured.authority.cert;
      const withUser = proxy.url.replace('://', '://gateway@');
      expect(await namesBy(secured.connect({ ca, proxy: withUser }), secured.account(FAR_HOST))).toEqual(
        NAMES,
      );
      const sent = new Set(proxy.authorizations.splice(0));
      expect(sent).toEqual(new Set([`Basic ${Buffer.from('gateway:').toString('base64')}`]));
      expect(await namesBy(secured.connect({ ca, proxy: proxy.url }), secured.account(FAR_HOST))).toEqual(
        NAMES,
      );
      expect(new Set(proxy.authorizations)).toEqual(new Set([undefined]));
    });

    it('opens tunnels to servers without TLS too', async () => {
      const clock = new FakeClock();
      const simulator = await startSimulator(clock);
      const account = accountFor(simulator, ACME);
      const far = (url: string): string => url.replace('127.0.0.1', FAR_HOST);
      const proxy = await startProxy();
      const connection = connectBy(clock, { proxy: proxy.url });
      const names = await namesBy(connection, {
        ...account,
        baseUrl: far(account.baseUrl),
        tokenUrl: far(account.tokenUrl),
      });
      expect(names).toEqual(NAMES);
      expect(proxy.targets.length).toBeGreaterThan(0);
      expect(proxy.others).toBe(0);
    });

    it('still leaves the certificate behind the tunnel to be verified', async () => {
      const secured = await startSecured({ hosts: [FAR_HOST] });
      const proxy = await startProxy({
        hosts: { [FAR_HOST]: secured.front.port, 'x.test': secured.front.port },
      });
      const untrusting = await failureOf(
        namesBy(secured.connect({ proxy: proxy.url }), secured.account(FAR_HOST)),
      );
      expect(untrusting.message).toContain(
        'its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      );
      const connection = secured.connect({ proxy: proxy.url, ca: secured.authority.cert });
      const { message } = await failureOf(namesBy(connection, secured.account('x.test')));
      expect(message).toContain('its certificate is for another host');
      expect(secured.simulator.count()).toBe(0);
      expect(proxy.targets).toHaveLength(2);
    });

    it('may speak TLS itself, with a certificate that is verified as well', async () => {
      const warnings: Error[] = [];
      const warn = (warning: Error): void => void warnings.push(warning);
      process.on('warning', warn);
      onTestFinished(() => void process.off('warning', warn));
      const secured = await startSecured({ hosts: [FAR_HOST] });
      const certificate = await issue(secured.authority);
      const proxy = await startProxy({
        certificate,
        credentials,
        hosts: { [FAR_HOST]: secured.front.port },
      });
      const ca = secured.authority.cert;
      for (const url of [proxy.url, proxy.url.replace('127.0.0.1', 'localhost')]) {
        expect(await namesBy(secured.connect({ ca, proxy: url }), secured.account(FAR_HOST))).toEqual(NAMES);
      }
      expect(warnings).toEqual([]);
      const asked = proxy.targets.length;
      const { message } = await failureOf(
        namesBy(secured.connect({ proxy: proxy.url }), secured.account(FAR_HOST)),
      );
      expect(message).toContain("the proxy's certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)");
      expect(message).toContain('outbound.ca');
      expect(proxy.targets).toHaveLength(asked);
    });

    it('is passed by for noProxy and for this machine', async () => {
      const clock = new FakeClock();
      const simulator = await startSimulator(clock);
      const proxy = await startProxy();
      const account = accountFor(simulator, ACME);
      const as = (host: string): Account => ({
        ...account,
        baseUrl: account.baseUrl.replace('127.0.0.1', host),
        tokenUrl: account.tokenUrl.replace('127.0.0.1', host),
      });
      // This machine by another name, which is no exception of itself.
      const host = '[::ffff:7f00:1]';
      expect(await namesBy(connectBy(clock, { proxy: proxy.url }), as(host))).toEqual(NAMES);
      expect(proxy.targets.splice(0).length).toBeGreaterThan(0);
      const connection = connectBy(clock, { proxy: proxy.url, noProxy: ['example.com', host] });
      for (const direct of [host, '127.0.0.1', 'localhost']) {
        expect(await namesBy(connection, as(direct))).toEqual(NAMES);
      }
      expect(proxy.targets).toEqual([]);
    });

    it('is what the configuration says, whatever the environment says', async () => {
      const secured = await startSecured({ hosts: [FAR_HOST, 'localhost'] });
      const [proxy, other] = [await startProxy(), await startProxy()];
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
        vi.stubEnv(name, other.url);
        vi.stubEnv(name.toLowerCase(), other.url);
      }
      onTestFinished(() => void vi.unstubAllEnvs());
      const ca = secured.authority.cert;
      const plain = accountFor(secured.simulator, ACME);
      for (const account of [plain, secured.account()]) {
        expect(await namesBy(secured.connect({ ca }), account)).toEqual(NAMES);
      }
      vi.stubEnv('NO_PROXY', '*');
      vi.stubEnv('no_proxy', '*');
      for (const tokenUrl of [
        plain.tokenUrl.replace('127.0.0.1', FAR_HOST),
        secured.account(FAR_HOST).tokenUrl,
      ]) {
        const connection = secured.connect({ ca, proxy: proxy.url });
        expect(await namesBy(connection, { ...plain, tokenUrl })).toEqual(NAMES);
      }
      expect(proxy.targets).toHaveLength(2);
      expect(other.targets).toEqual([]);
    });

    it.each([
      [407, 'the proxy rejected the credentials (407); check user and password in outbound.proxy', 1],
      [
        403,
        'the proxy refused the connection (403); allow this host and port in the proxy, or add the host to outbound.noProxy',
        1,
      ],
      [502, 'the proxy could not connect (502) (4 attempts)', 4],
    ])(
      'that answers %i is told of without its credentials, and asked as often as makes sense',
      async (refusal, reason, attempts) => {
        const secured = await startSecured();
        const proxy = await startProxy({ refusal, credentials });
        const connection = secured.connect({ proxy: proxy.url });
        const failure = await failureOf(namesBy(connection, secured.account(FAR_HOST)), secured.clock);
        expect(failure.code).toBe('AAM_UNAVAILABLE');
        expect(failure.message).toBe(`Audience Manager could not be reached: ${reason}.`);
        expect(proxy.targets).toHaveLength(attempts);
        const told = [failure.stack, ...connection.logLines].join('\n');
        for (const secret of [basic, credentials.password, encodeURIComponent(credentials.password)]) {
          expect(told).not.toContain(secret);
        }
      },
    );

    it('that is not there is told of as such', async () => {
      const secured = await startSecured();
      const proxy = await ConnectProxy.start();
      await proxy[Symbol.asyncDispose]();
      const connection = secured.connect({ proxy: proxy.url });
      const { message } = await failureOf(namesBy(connection, secured.account(FAR_HOST)), secured.clock);
      expect(message).toBe(
        'Audience Manager could not be reached: the proxy could not be reached (ECONNREFUSED); check outbound.proxy (4 attempts).',
      );
    });

    it('that does not answer takes no longer than any other call', async () => {
      const secured = await startSecured();
      const proxy = await startProxy({ refusal: 'hang' });
      const connection = connect({
        clock: secured.clock,
        http: {
          retries: 0,
          sender: open({ outbound: { ...DIRECT, proxy: proxy.url }, connections: 8 }),
        },
      });
      const failure = failureOf(namesBy(connection, secured.account(FAR_HOST)));
      await vi.waitUntil(() => proxy.targets.length === 1, 30_000);
      secured.clock.advance(60_000);
      expect((await failure).message).toContain('did not answer within 60000 ms');
    });
  });
});

// A function cannot be passed to the background worker.
describe('calls from this thread to a server whose certificate a private authority signed', () => {
  beforeAll(() => {
    open = openSender;
  });

  it('still trust those that Node.js trusts by default', async () => {
    const secured = await startSecured();
    // Newer versions have such a function; where this one has not, that of the test is as good.
    const present = Object.getOwnPropertyDescriptor(tls, 'getCACertificates');
    Object.assign(tls, { getCACertificates: () => [secured.authority.cert] });
    onTestFinished(() => {
      if (present === undefined) Reflect.deleteProperty(tls, 'getCACertificates');
      else Object.defineProperty(tls, 'getCACertificates', present);
    });
    const connection = secured.connect({ ca: (await createAuthority('Other')).cert });
    expect(await namesBy(connection, secured.account())).toEqual(NAMES);
  });
});

describe('fetch for others', () => {
  it('takes the proxy and trusts the private authority, and ends with its connections', async () => {
    const secured = await startSecured({ hosts: [FAR_HOST] });
    const proxy = await startProxy({ hosts: { [FAR_HOST]: secured.front.port } });
    const { tokenUrl } = secured.account(FAR_HOST);
    const outbound = { ...DIRECT, ca: secured.authority.cert, proxy: proxy.url };
    const dispatcher = createDispatcher(outbound, { connections: 1 });
    const fetch = fetchBy(dispatcher);
    const answer = await fetch(new URL(tokenUrl), { headers: new Headers({ accept: 'application/json' }) });
    await answer.text();
    expect(secured.simulator.calls.map(({ headers }) => headers['accept'])).toEqual(['application/json']);
    expect(proxy.targets).toHaveLength(1);
    await dispatcher.destroy();
    await expect(fetch(tokenUrl)).rejects.toThrow();
  });
});
