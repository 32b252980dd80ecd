import { describe, expect, it } from 'vitest';
import {
  ACME_GRANT,
  asAcme,
  asGlobex,
  GLOBEX,
  json,
  postClientCredentials,
  postPassword,
  startSimulator,
  tokenBody,
} from './support.js';

describe('the password token endpoint', () => {
  it('issues an access token and a refresh token for the right username and password', async () => {
    const simulator = await startSimulator();
    const body = await tokenBody(postPassword(simulator, ACME_GRANT));
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      refresh_token: expect.any(String),
      expires_in: 21922,
      scope: 'read write',
    });
    expect(simulator.tokensIssued('acme')).toEqual([body.access_token, body.refresh_token]);
    expect(simulator.tokensIssued('globex')).toEqual([]);
  });

  it.each([
    ['a wrong password', { ...ACME_GRANT, password: 'wrong' }],
    ['an unknown username', { ...ACME_GRANT, username: 'nobody' }],
    ['the client ID of another customer as username', { ...ACME_GRANT, username: GLOBEX.clientId }],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'unheard-of' }],
  ])('rejects %s with 400 invalid_grant', async (_what, form) => {
    const simulator = await startSimulator();
    const response = await postPassword(simulator, form);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('rejects a wrong client with 401 invalid_client and a missing one with 401 unauthorized', async () => {
    const simulator = await startSimulator();
    const wrong = await postPassword(simulator, ACME_GRANT, 'partner-client:wrong');
    expect([wrong.status, (await tokenBody(wrong)).error]).toEqual([401, 'invalid_client']);
    const missing = await fetch(simulator.passwordTokenUrl, {
      method: 'POST',
      body: new URLSearchParams(ACME_GRANT),
    });
    expect([missing.status, (await tokenBody(missing)).error]).toEqual([401, 'unauthorized']);
  });

  it('rejects other grants and bodies that are not a form', async () => {
    const simulator = await startSimulator();
    const other = await postPassword(simulator, { grant_type: 'client_credentials' });
    expect([other.status, (await tokenBody(other)).error]).toEqual([400, 'unsupported_grant_type']);
    const none = await postPassword(simulator, {});
    expect([none.status, (await tokenBody(none)).error]).toEqual([400, 'invalid_request']);
    const noForm = await fetch(simulator.passwordTokenUrl, { method: 'POST', body: '{}' });
    expect([noForm.status, (await tokenBody(noForm)).error]).toEqual([400, 'invalid_request']);
  });

  it('rotates refresh tokens: a used one is invalid, the new one works', async () => {
    const simulator = await startSimulator();
    const first = await tokenBody(postPassword(simulator, ACME_GRANT));
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' };
    const second = await tokenBody(postPassword(simulator, refresh));
    expect(second.access_token).not.toBe(first.access_token);
    const reused = await postPassword(simulator, refresh);
    expect([reused.status, (await tokenBody(reused)).error]).toEqual([400, 'invalid_grant']);
    const next = await postPassword(simulator, { ...refresh, refresh_token: second.refresh_token ?? '' });
    expect(next.status).toBe(200);
  });

  it('rejects revoked refresh tokens of one customer or of all', async () => {
    const simulator = await startSimulator();
    const statusAfterRevoking = async (customer?: string): Promise<number> => {
      const { refresh_token: token = '' } = await tokenBody(postPassword(simulator, ACME_GRANT));
      simulator.revokeRefreshTokens(customer);
      return (await postPassword(simulator, { grant_type: 'refresh_token', refresh_token: token })).status;
    };
    expect(await statusAfterRevoking('globex')).toBe(200);
    expect(await statusAfterRevoking('acme')).toBe(400);
    expect(await statusAfterRevoking()).toBe(400);
  });

  it('issues no refresh tokens if they are disabled', async () => {
    const simulator = await startSimulator({ refreshTokens: false });
    expect(await tokenBody(postPassword(simulator, ACME_GRANT))).not.toHaveProperty('refresh_token');
    const response = await postPassword(simulator, { grant_type: 'refresh_token', refresh_token: 'x' });
    expect(response.status).toBe(401);
  });

  it('uses the partner client and the lifetime from its options', async () => {
    const partner = { clientId: 'mine', clientSecret: 'and mine:alone' };
    const simulator = await startSimulator({ partner, tokenLifetimeSeconds: 60 });
    expect((await tokenBody(postPassword(simulator, ACME_GRANT))).expires_in).toBe(60);
    expect((await postPassword(simulator, ACME_GRANT, 'partner-client:partner-secret')).status).toBe(401);
  });

  it.each([
    [-1, { expires_in: -1 }],
    [null, {}],
  ])('issues endless tokens (%j)', async (tokenLifetimeSeconds, stated) => {
    let now = 1_000_000;
    const simulator = await startSimulator({ now: () => now, tokenLifetimeSeconds });
    const body = await tokenBody(postPassword(simulator, ACME_GRANT));
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      refresh_token: expect.any(String),
      scope: 'read write',
      ...stated,
    });
    const get = await asAcme(simulator);
    now += 1e12;
    expect((await get('/destinations/314')).status).toBe(200);
  });

  it('locks a user after five failed log-ins in a row, until it is unlocked', async () => {
    const simulator = await startSimulator();
    const logIn = async (password: string): Promise<unknown> =>
      (await tokenBody(postPassword(simulator, { ...ACME_GRANT, password }))).error_description ?? 'granted';
    for (let failed = 1; failed <= 4; failed++) expect(await logIn('wrong')).toBe('Bad credentials');
    expect(simulator.failedLogIns('acme')).toBe(4);
    expect(await logIn('acme-password')).toBe('granted');
    expect(simulator.failedLogIns('acme')).toBe(0);
    for (let failed = 1; failed <= 5; failed++) expect(await logIn('wrong')).toBe('Bad credentials');
    expect(await logIn('wrong')).toBe('User account is locked');
    expect(await logIn('acme-password')).toBe('User account is locked');
    simulator.refuse('acme', null);
    expect(await logIn('wrong')).toBe('Bad credentials');
    expect(await logIn('acme-password')).toBe('granted');
  });

  it('locks after another number of failed log-ins on request', async () => {
    const simulator = await startSimulator({ lockAfter: 1 });
    await postPassword(simulator, { ...ACME_GRANT, password: 'wrong' });
    expect(await tokenBody(postPassword(simulator, ACME_GRANT))).toEqual({
      error: 'invalid_grant',
      error_description: 'User account is locked',
    });
  });

  it('says that a password has expired only to those who know it', async () => {
    const simulator = await startSimulator();
    simulator.refuse('acme', 'expired');
    expect(await tokenBody(postPassword(simulator, ACME_GRANT))).toEqual({
      error: 'invalid_grant',
      error_description: 'User credentials have expired',
    });
    const wrong = await tokenBody(postPassword(simulator, { ...ACME_GRANT, password: 'wrong' }));
    expect(wrong.error_description).toBe('Bad credentials');
  });

  it('accepts a changed password, and rejects the old one', async () => {
    const simulator = await startSimulator();
    simulator.setPassword('acme', 'changed');
    expect((await postPassword(simulator, ACME_GRANT)).status).toBe(400);
    expect((await postPassword(simulator, { ...ACME_GRANT, password: 'changed' })).status).toBe(200);
  });
});

describe('the server-to-server token endpoint', () => {
  it('issues an access token without a refresh token', async () => {
    const simulator = await startSimulator();
    expect(await tokenBody(postClientCredentials(simulator))).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'bearer',
      expires_in: 86399,
    });
  });

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['no scope', { scope: '' }, 'invalid_scope'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('rejects %s', async (_what, form, error) => {
    const simulator = await startSimulator();
    const response = await postClientCredentials(simulator, form);
    expect([response.status, (await tokenBody(response)).error]).toEqual([400, error]);
  });

  it('rejects the scopes of a client that may not ask for them', async () => {
    const simulator = await startSimulator();
    simulator.refuse('globex', 'scope');
    const response = await postClientCredentials(simulator);
    expect([response.status, (await tokenBody(response)).error]).toEqual([400, 'invalid_scope']);
  });

  it('accepts a changed secret, and rejects the old one', async () => {
    const simulator = await startSimulator();
    simulator.setSecret('globex', 'changed');
    expect((await postClientCredentials(simulator)).status).toBe(400);
    expect((await postClientCredentials(simulator, { client_secret: 'changed' })).status).toBe(200);
  });
});

describe('an access token', () => {
  it('expires by the clock, with the WWW-Authenticate header that Audience Manager sends', async () => {
    let now = 1_000_000;
    const simulator = await startSimulator({ now: () => now, tokenLifetimeSeconds: 60 });
    const get = await asAcme(simulator);
    now += 59_999;
    expect((await get('/destinations/314')).status).toBe(200);
    now += 1;
    const expired = await get('/destinations/314');
    expect(expired.status).toBe(401);
    const [token] = simulator.tokensIssued('acme');
    expect(expired.headers.get('www-authenticate')).toBe(
      `Bearer realm="oauth", error="invalid_token", error_description="Access token expired: ${String(token)}"`,
    );
    expect(await expired.json()).toMatchObject({ error: 'invalid_token' });
  });

  it('is rejected after it was revoked, for one customer or for all', async () => {
    const simulator = await startSimulator();
    const acme = await asAcme(simulator);
    const globex = await asGlobex(simulator);
    simulator.revokeTokens('acme');
    expect((await acme('/destinations/314')).status).toBe(401);
    expect((await globex('/destinations/566')).status).toBe(200);
    simulator.revokeTokens();
    expect((await globex('/destinations/566')).status).toBe(401);
    expect((await (await asAcme(simulator))('/destinations/314')).status).toBe(200);
  });

  it('is rejected if it is unknown or missing', async () => {
    const simulator = await startSimulator();
    const url = `${simulator.baseUrl}/destinations/314`;
    const unknown = await fetch(url, { headers: { authorization: 'Bearer made-up' } });
    expect([unknown.status, (await json(unknown))['error']]).toEqual([401, 'invalid_token']);
    const missing = await fetch(url);
    expect([missing.status, (await json(missing))['error']]).toEqual([401, 'unauthorized']);
  });

  it.each([
    ['without x-api-key', { 'x-gw-ims-org-id': GLOBEX.orgId }],
    ['without x-gw-ims-org-id', { 'x-api-key': GLOBEX.clientId }],
    ['with the key of another', { 'x-api-key': 'other', 'x-gw-ims-org-id': GLOBEX.orgId }],
    ['with the organisation of another', { 'x-api-key': GLOBEX.clientId, 'x-gw-ims-org-id': 'X@AdobeOrg' }],
  ])('of a server-to-server customer is rejected with 403 %s', async (_what, headers: object) => {
    const simulator = await startSimulator();
    const get = await asGlobex(simulator, headers as Record<string, string>);
    expect((await get('/destinations/566')).status).toBe(403);
  });

  it('is rejected with the error of the API gateway if the client ID is no API key', async () => {
    const simulator = await startSimulator();
    const get = await asGlobex(simulator);
    simulator.refuse('globex', 'api-key');
    const response = await get('/destinations/566');
    expect([response.status, await response.json()]).toEqual([
      403,
      { error_code: '403003', message: 'Api Key is invalid' },
    ]);
  });

  it('is of no use until the technical user was read once', async () => {
    const simulator = await startSimulator();
    const get = await asGlobex(simulator);
    simulator.refuse('globex', 'unknown-user');
    expect((await get('/destinations/566/mappings')).status).toBe(403);
    expect(await json(get('/users/self'))).toMatchObject({ pid: 1100, status: 'ACTIVE' });
    expect((await get('/destinations/566/mappings')).status).toBe(200);
    expect(simulator.count({ endpoint: 'user' })).toBe(1);
  });

  it('is of no use without a product profile', async () => {
    const simulator = await startSimulator();
    const get = await asGlobex(simulator);
    simulator.refuse('globex', 'no-profile');
    await get('/users/self');
    expect((await get('/destinations/566')).status).toBe(403);
  });
});
