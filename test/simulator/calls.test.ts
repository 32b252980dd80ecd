import { describe, expect, it } from 'vitest';
import { ACME_GRANT, asAcme, asGlobex, postPassword, startSimulator, tokenBody } from './support.js';

describe('the record of calls', () => {
  it('contains the request, the customer and the status of the response', async () => {
    const simulator = await startSimulator({ now: () => 42 });
    const get = await asAcme(simulator);
    await get('/destinations/314/mappings/?page=1&pageSize=5');
    await get('/destinations/314/mappings/14395');
    await fetch(`${simulator.url}/elsewhere`);
    const token = simulator.tokensIssued('acme')[0] ?? '';
    expect(simulator.calls).toMatchObject([
      {
        at: 42,
        method: 'POST',
        path: '/oauth/token',
        endpoint: 'token',
        customer: 'acme',
        grantType: 'password',
        status: 200,
        body: 'grant_type=password&username=acme-user&password=acme-password',
      },
      {
        method: 'GET',
        path: '/v1/destinations/314/mappings/?page=1&pageSize=5',
        endpoint: 'mappings',
        customer: 'acme',
        destinationId: '314',
        page: 1,
        status: 200,
        headers: { authorization: `Bearer ${token}` },
      },
      { endpoint: 'mapping', destinationId: '314' },
      { path: '/elsewhere', status: 404 },
    ]);
    expect(simulator.calls[3]).not.toHaveProperty('endpoint');
    expect(simulator.calls[3]).not.toHaveProperty('customer');
  });

  it('contains the customer of rejected credentials and refresh tokens', async () => {
    const simulator = await startSimulator();
    await postPassword(simulator, { ...ACME_GRANT, password: 'wrong' });
    const { refresh_token: token = '' } = await tokenBody(postPassword(simulator, ACME_GRANT));
    simulator.revokeRefreshTokens();
    await postPassword(simulator, { grant_type: 'refresh_token', refresh_token: token });
    expect(simulator.calls.map(({ customer, grantType, status }) => [customer, grantType, status])).toEqual([
      ['acme', 'password', 400],
      ['acme', 'password', 200],
      ['acme', 'refresh_token', 400],
    ]);
  });

  it('can be counted by endpoint, customer, destination, grant, page and status', async () => {
    const simulator = await startSimulator();
    const acme = await asAcme(simulator);
    const globex = await asGlobex(simulator);
    await acme('/destinations/314/mappings/');
    await acme('/destinations/314/mappings/?page=0');
    await acme('/destinations/314/mappings/?page=1');
    await globex('/destinations/566/mappings/?pageSize=5');
    await globex('/destinations');
    expect(simulator.count()).toBe(7);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
    expect(simulator.count({ grantType: 'client_credentials' })).toBe(1);
    expect(simulator.count({ endpoint: 'mappings', customer: 'acme' })).toBe(3);
    expect(simulator.count({ destinationId: 314 })).toBe(3);
    expect(simulator.count({ destinationId: '566', page: 0 })).toBe(1);
    expect(simulator.count({ status: 200 })).toBe(7);
    expect(simulator.listings()).toBe(3);
    expect(simulator.listings({ customer: 'acme' })).toBe(2);
    expect(simulator.listings({ destinationId: 566 })).toBe(1);
    simulator.resetCalls();
    expect([simulator.count(), simulator.calls.length]).toEqual([0, 0]);
  });

  it('resolves a wait for the next call when it arrives, before the response', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => (resolve = done));
    simulator.fault({ endpoint: 'mappings', action: { kind: 'hold', until: promise } });
    const next = simulator.nextCall({ endpoint: 'mappings', destinationId: 314 });
    await get('/destinations/315');
    const answer = get('/destinations/314/mappings/');
    const call = await next;
    expect(call).toMatchObject({ endpoint: 'mappings', destinationId: '314', status: 0 });
    resolve();
    expect((await answer).status).toBe(200);
    expect(call.status).toBe(200);
  });
});
