import { describe, expect, it } from 'vitest';
import type { SimulatorCustomer } from '../../src/simulator/index.js';
import { createAuthority, issue, type Certificate } from '../support/certificates.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { https } from '../support/https.js';
import { ConnectProxy } from '../support/proxy.js';
import { TlsFront } from '../support/tls-front.js';

const SIMULATED: SimulatorCustomer[] = [passwordCustomer('acme', destination(314, 3))];
const BODY = JSON.stringify({
  query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }',
});

describe('serve with TLS', () => {
  it('prints an https URL, uses a new certificate after SIGHUP, and refuses an invalid one', async () => {
    const listen = { port: 0, tls: { cert: 'gateway.crt', key: 'gateway.key' } };
    await using place = await ConfiguredFolder.create(SIMULATED, { listen });
    const authority = await createAuthority();
    const write = async ({ cert, key }: Certificate): Promise<void> => {
      await place.folder.write('gateway.crt', cert);
      await place.folder.write('gateway.key', key);
    };
    const first = await issue(authority, { name: 'first' });
    const second = await issue(authority, { name: 'second' });
    await write(first);
    await using gateway = place.serve();
    const url = (await gateway.prints(/"url":"(https:[^"]+)"/))[1] ?? '';
    const ask = (): ReturnType<typeof https> => https(url, { ca: authority.cert, body: BODY });
    const answer = await ask();
    expect(answer.servedBy).toBe('CN=first');
    expect(JSON.parse(answer.body)).toEqual({ data: { segment: { label: 'Segment 1' } } });

    await write(second);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    expect(await ask()).toMatchObject({ status: 200, servedBy: 'CN=second' });

    await write({ cert: second.cert, key: first.key });
    gateway.kill('SIGHUP');
    await gateway.prints(/listen\.tls\.key.*does not belong.*configuration refused/);
    expect(await ask()).toMatchObject({ status: 200, servedBy: 'CN=second' });

    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).not.toContain('take effect at the next start');
    expect(gateway.stdout).not.toContain('PRIVATE KEY');
    expect(gateway.stderr).toBe('');
  });

  it('does not start if the certificate and key do not exist, and names both', async () => {
    const listen = { port: 0, tls: { cert: 'gateway.crt', key: 'gateway.key' } };
    await using place = await ConfiguredFolder.create(SIMULATED, { listen });
    const { code, stderr } = await place.run(['serve']);
    expect(code).toBe(1);
    expect(stderr).toContain('listen.tls.cert: must be the path of a PEM file');
    expect(stderr).toContain('listen.tls.key: must be the path of a PEM file');
  });
});

describe('check', () => {
  const host = 'aam.example.test';
  const credentials = { username: 'gateway', password: 'p@ss:wörd/100%' };

  it('reaches Audience Manager through a proxy that inspects TLS only if its authority is trusted', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    const { simulator, folder } = place;
    const authority = await createAuthority();
    await using front = await TlsFront.start(simulator.baseUrl, await issue(authority, { hosts: [host] }));
    await using proxy = await ConnectProxy.start({ credentials, hosts: { [host]: front.port } });
    await folder.write('authority.crt', authority.cert);
    const password = {
      baseUrl: front.url(simulator.baseUrl, host),
      tokenUrl: front.url(simulator.passwordTokenUrl, host),
      ...simulator.partner,
    };
    const check = async (outbound: Record<string, unknown>): ReturnType<ConfiguredFolder['run']> => {
      await place.configure({ audienceManager: { password, retries: 0 }, outbound });
      // These variables must have no effect.
      return await place.run(['check'], { NODE_TLS_REJECT_UNAUTHORIZED: '0', NO_PROXY: '*' });
    };
    const good = await check({ ca: 'authority.crt', proxy: proxy.url });
    expect(good).toMatchObject({ code: 0 });
    expect(good.stdout).toContain('0 of 1 failed.');

    const untrusting = await check({ proxy: proxy.url });
    expect(untrusting.code).toBe(1);
    expect(untrusting.stdout).toContain('add the authority that issued it to outbound.ca');

    const refused = await check({
      ca: 'authority.crt',
      proxy: proxy.url.replace('gateway:', 'somebody:'),
    });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('check user and password in outbound.proxy');
    expect(proxy.authorizations.at(-1)).toBe(
      `Basic ${Buffer.from(`somebody:${credentials.password}`).toString('base64')}`,
    );
    for (const { stdout, stderr } of [good, untrusting, refused]) {
      expect(stdout + stderr).not.toContain(credentials.password);
      expect(stdout + stderr).not.toContain(encodeURIComponent(credentials.password));
    }
  });
});
