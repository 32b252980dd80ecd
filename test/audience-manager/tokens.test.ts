import { describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/simulator/index.js';
import type { FakeClock } from '../support/fake-clock.js';
import {
  ACME,
  SCOPES,
  codeOf,
  failureOf,
  logged,
  metricValue,
  passWaits,
  startUpstream,
  type Upstream,
} from '../support/upstream.js';

const DAY_MS = 86_400_000;

const tokenCalls = (upstream: Upstream): number => upstream.simulator.count({ endpoint: 'token' });

function grants({ simulator }: Upstream): (string | undefined)[] {
  return simulator.calls.filter(({ endpoint }) => endpoint === 'token').map(({ grantType }) => grantType);
}

/** The form of the latest token request. */
function latestForm({ simulator }: Upstream): Record<string, string> {
  const call = simulator.calls.findLast(({ endpoint }) => endpoint === 'token');
  return Object.fromEntries(new URLSearchParams(call?.body));
}

describe('a token request', () => {
  it('carries the partner as Basic authentication and the customer in the form (password)', async () => {
    const upstream = await startUpstream();
    await upstream.tokens.get(upstream.account('acme'));
    const [call] = upstream.simulator.calls;
    expect(call?.method).toBe('POST');
    expect(call?.path).toBe('/oauth/token');
    expect(call?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('partner-client:partner-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    });
    expect(call?.headers).not.toHaveProperty('x-api-key');
    expect(call?.body).toBe('grant_type=password&username=acme-user&password=acme-password');
  });

  it('carries client, secret and comma-separated scopes in the form (server-to-server)', async () => {
    const upstream = await startUpstream();
    await upstream.tokens.get(upstream.account('globex'));
    const [call] = upstream.simulator.calls;
    expect(call?.path).toBe('/ims/token/v3');
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(latestForm(upstream)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'globex-client',
      client_secret: 'globex-secret',
      scope: SCOPES.join(','),
    });
  });

  it('encodes credentials of any characters', async () => {
    const password = 'p&ä=+ %"\\😀';
    const upstream = await startUpstream({ customers: [{ ...ACME, password }] });
    await upstream.tokens.get(upstream.account('acme'));
    expect(latestForm(upstream)['password']).toBe(password);
  });
});

describe('an API call', () => {
  it('carries only the token with a password', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    await upstream.client.readDestination(account, '314');
    const call = upstream.simulator.calls.at(-1);
    expect(call?.headers).toMatchObject({
      authorization: `Bearer ${await upstream.tokens.get(account)}`,
      accept: 'application/json',
    });
    expect(call?.headers).not.toHaveProperty('x-api-key');
    expect(call?.headers).not.toHaveProperty('x-gw-ims-org-id');
  });

  it('carries the token, the client and the organisation with server-to-server credentials', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('globex');
    await upstream.client.readDestination(account, '566');
    expect(upstream.simulator.calls.at(-1)?.headers).toMatchObject({
      authorization: `Bearer ${await upstream.tokens.get(account)}`,
      'x-api-key': 'globex-client',
      'x-gw-ims-org-id': 'globex@AdobeOrg',
    });
  });
});

describe('a token', () => {
  it('is requested once for many calls at once', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    const tokens = await Promise.all(Array.from({ length: 50 }, () => upstream.tokens.get(account)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokenCalls(upstream)).toBe(1);
    expect(await metricValue(upstream.metrics.tokenGrants, { grant: 'password', outcome: 'granted' })).toBe(
      1,
    );
  });

  it('is shared only by customers with equal credentials', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    const reordered = Object.fromEntries(Object.entries(account).reverse()) as unknown as typeof account;
    const [first, second] = await Promise.all([upstream.tokens.get(account), upstream.tokens.get(reordered)]);
    expect(second).toBe(first);
    expect(tokenCalls(upstream)).toBe(1);
    expect(await upstream.tokens.get(upstream.account('globex'))).not.toBe(first);
    expect(tokenCalls(upstream)).toBe(2);
  });

  it.each([
    { lifetime: 21_922, margin: 60, because: 'a minute at most' },
    { lifetime: 600, margin: 60, because: 'a minute is a tenth' },
    { lifetime: 100, margin: 10, because: 'a tenth' },
  ])('of $lifetime s is renewed $margin s before it expires: $because', async ({ lifetime, margin }) => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: lifetime } });
    const account = upstream.account('globex');
    const first = await upstream.tokens.get(account);
    upstream.clock.advance((lifetime - margin) * 1000 - 1);
    expect(await upstream.tokens.get(account)).toBe(first);
    expect(tokenCalls(upstream)).toBe(1);
    upstream.clock.advance(1);
    expect(await upstream.tokens.get(account)).not.toBe(first);
    expect(tokenCalls(upstream)).toBe(2);
  });

  it.each([
    { what: 'set back', change: (clock: FakeClock) => clock.setBack(3_600_000), rest: 40_000 },
    { what: 'set forward', change: (clock: FakeClock) => clock.setForward(3_600_000), rest: 0 },
  ])('is renewed in time if the clock is $what meanwhile', async ({ change, rest }) => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const { clock } = upstream;
    const account = upstream.account('globex');
    const first = await upstream.tokens.get(account);
    clock.advance(50_000);
    change(clock);
    if (rest > 0) {
      clock.advance(rest - 1);
      expect(await upstream.tokens.get(account)).toBe(first);
      clock.advance(1);
    }
    const second = await upstream.tokens.get(account);
    expect(second).not.toBe(first);
    clock.advance(89_999);
    expect(await upstream.tokens.get(account)).toBe(second);
    expect(tokenCalls(upstream)).toBe(2);
  });

  it('is renewed once for many calls at once', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    upstream.clock.advance(90_000);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => upstream.tokens.get(account)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokenCalls(upstream)).toBe(2);
  });

  it('is used until it expires if it cannot be renewed in time', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100, refreshTokens: false } });
    const account = upstream.account('acme');
    const token = await upstream.tokens.get(account);
    upstream.clock.advance(90_000);
    upstream.simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 500 } });
    expect(await upstream.tokens.get(account)).toBe(token);
    expect(tokenCalls(upstream)).toBe(2);
    expect(logged(upstream, 'warn')).toHaveLength(1);
    upstream.clock.advance(9_999);
    expect(await upstream.tokens.get(account)).toBe(token);
    upstream.clock.advance(1);
    expect(await codeOf(upstream.tokens.get(account))).toBe('AAM_UNAVAILABLE');
  });

  it('is forgotten with its secrets when no customer has the credentials any more', async () => {
    const upstream = await startUpstream();
    const [acme, globex] = [upstream.account('acme'), upstream.account('globex')];
    const gone = await upstream.tokens.get(acme);
    const kept = await upstream.tokens.get(globex);
    upstream.tokens.retain([globex]);
    const [access, refresh] = upstream.simulator.tokensIssued('acme');
    expect(access).toBe(gone);
    expect(upstream.redactor.redact(`${access} ${refresh}`)).toBe(`${access} ${refresh}`);
    expect(upstream.redactor.redact(kept)).not.toContain(kept);
    expect(await upstream.tokens.get(globex)).toBe(kept);
    expect(tokenCalls(upstream)).toBe(2);
    expect(await upstream.tokens.get(acme)).not.toBe(gone);
    expect(grants(upstream).at(-1)).toBe('password');
  });
});

describe('a refresh token', () => {
  it('is used for the renewal, and its successor for the next one', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    const sent: (string | undefined)[] = [];
    await upstream.tokens.get(account);
    for (let renewal = 0; renewal < 3; renewal++) {
      upstream.clock.advance(90_000);
      await upstream.tokens.get(account);
      sent.push(latestForm(upstream)['refresh_token']);
    }
    expect(grants(upstream)).toEqual(['password', 'refresh_token', 'refresh_token', 'refresh_token']);
    expect(new Set(sent).size).toBe(3);
    expect(upstream.simulator.tokensIssued('acme')).toEqual(expect.arrayContaining(sent));
    expect(latestForm(upstream)).toEqual({ grant_type: 'refresh_token', refresh_token: sent[2] });
    expect(upstream.simulator.calls.at(-1)?.headers['authorization']).toMatch(/^Basic /);
  });

  it('is used again if the server does not rotate it', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    const answer = JSON.stringify({ access_token: 'renewed-by-refresh', expires_in: 100 });
    const fault = upstream.simulator.fault({ endpoint: 'token', action: { kind: 'body', body: answer } });
    upstream.clock.advance(90_000);
    expect(await upstream.tokens.get(account)).toBe('renewed-by-refresh');
    const first = latestForm(upstream)['refresh_token'];
    fault.remove();
    upstream.clock.advance(90_000);
    await upstream.tokens.get(account);
    expect(latestForm(upstream)).toEqual({ grant_type: 'refresh_token', refresh_token: first });
  });

  it('that is rejected leads to a new login, not to an error', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    const first = await upstream.tokens.get(account);
    upstream.simulator.revokeRefreshTokens('acme');
    upstream.clock.advance(90_000);
    expect(await upstream.tokens.get(account)).not.toBe(first);
    expect(grants(upstream)).toEqual(['password', 'refresh_token', 'password']);
    expect(
      await metricValue(upstream.metrics.tokenGrants, { grant: 'refresh_token', outcome: 'rejected' }),
    ).toBe(1);
    expect(logged(upstream, 'warn')).toEqual([]);
    upstream.clock.advance(90_000);
    await upstream.tokens.get(account);
    expect(grants(upstream).slice(3)).toEqual(['refresh_token']);
  });

  it('that was rejected is forgotten together with its access token', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    const [access, refresh] = upstream.simulator.tokensIssued('acme');
    upstream.simulator.revokeRefreshTokens('acme');
    for (let renewal = 0; renewal < 2; renewal++) {
      upstream.clock.advance(90_000);
      await upstream.tokens.get(account);
    }
    expect(upstream.redactor.redact(`${access} ${refresh}`)).toBe(`${access} ${refresh}`);
  });

  it('is optional: without one the password is sent again', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100, refreshTokens: false } });
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    upstream.clock.advance(90_000);
    await upstream.tokens.get(account);
    expect(grants(upstream)).toEqual(['password', 'password']);
  });

  it('that is malformed is ignored', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100 } });
    const account = upstream.account('acme');
    upstream.simulator.fault({
      endpoint: 'token',
      times: 1,
      action: { kind: 'answer', transform: (answer) => ({ ...(answer as object), refresh_token: 17 }) },
    });
    await upstream.tokens.get(account);
    upstream.clock.advance(90_000);
    await upstream.tokens.get(account);
    expect(grants(upstream)).toEqual(['password', 'password']);
  });
});

describe('a 401 on a call', () => {
  it('renews the token once and retries the call once', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    await upstream.client.listMappings(account, '314');
    upstream.simulator.revokeTokens('acme');
    upstream.simulator.resetCalls();
    expect((await upstream.client.listMappings(account, '314')).mappings).toHaveLength(3);
    expect(upstream.simulator.calls.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['mappings', 401],
      ['token', 200],
      ['mappings', 200],
    ]);
    expect(grants(upstream)).toEqual(['refresh_token']);
  });

  it('that comes twice is AAM_AUTH_FAILED', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    upstream.simulator.resetCalls();
    upstream.simulator.fault({ endpoint: 'destination', action: { kind: 'status', status: 401 } });
    expect(await codeOf(upstream.client.readDestination(account, '314'))).toBe('AAM_AUTH_FAILED');
    expect(upstream.simulator.calls.map(({ endpoint }) => endpoint)).toEqual([
      'destination',
      'token',
      'destination',
    ]);
    upstream.simulator.clearFaults();
    await upstream.client.readDestination(account, '314');
    expect(upstream.simulator.calls.slice(3).map(({ endpoint }) => endpoint)).toEqual([
      'token',
      'destination',
    ]);
  });

  it('renews once for many calls that carried the same token', async () => {
    const upstream = await startUpstream({ http: { concurrency: 50 } });
    const account = upstream.account('acme');
    await upstream.tokens.get(account);
    upstream.simulator.revokeTokens('acme');
    await Promise.all(Array.from({ length: 20 }, () => upstream.client.listMappings(account, '314')));
    expect(tokenCalls(upstream)).toBe(2);
    expect(upstream.simulator.count({ endpoint: 'mappings', status: 401 })).toBe(20);
    expect(upstream.simulator.count({ endpoint: 'mappings', status: 200 })).toBe(20);
  });

  it('for a token that was replaced meanwhile does not drop the new one', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    const old = await upstream.tokens.get(account);
    upstream.tokens.invalidate(account, old);
    const renewed = await upstream.tokens.get(account);
    upstream.tokens.invalidate(account, old);
    expect(await upstream.tokens.get(account)).toBe(renewed);
    expect(tokenCalls(upstream)).toBe(2);
  });

  it('drops the token even if the renewal fails', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('globex');
    await upstream.tokens.get(account);
    upstream.simulator.revokeTokens('globex');
    upstream.simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 500 } });
    expect(await codeOf(upstream.client.readDestination(account, '566'))).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(1);
  });
});

describe('rejected credentials', () => {
  it.each<[string, FaultAction]>([
    ['invalid_grant', { kind: 'oauth-error', error: 'invalid_grant' }],
    ['invalid_client', { kind: 'oauth-error', error: 'invalid_client' }],
    ['unauthorized', { kind: 'oauth-error', error: 'unauthorized' }],
    ['other', { kind: 'oauth-error', error: 'acme-password is wrong' }],
    ['other', { kind: 'status', status: 403, html: true }],
  ])('are AAM_AUTH_FAILED, logged as %s, and tried once', async (reason, action) => {
    const upstream = await startUpstream();
    upstream.simulator.fault({ endpoint: 'token', action });
    const error = await failureOf(upstream.tokens.get(upstream.account('acme')));
    expect(error.code).toBe('AAM_AUTH_FAILED');
    expect(error.retryAfterMs).toBe(60_000);
    expect(tokenCalls(upstream)).toBe(1);
    const nextTryAt = new Date(upstream.clock.now() + 60_000).toISOString();
    expect(logged(upstream, 'warn')).toMatchObject([{ reason, rejections: 1, nextTryAt }]);
  });

  it.each([404, 405, 413])('are not what status %i is about', async (status) => {
    const upstream = await startUpstream();
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'status', status } });
    const error = await failureOf(upstream.tokens.get(upstream.account('acme')));
    expect(error.code).toBe('AAM_BAD_RESPONSE');
    expect(error.message).toBe(
      `Audience Manager's token endpoint answered with status ${status}; check tokenUrl.`,
    );
    await upstream.tokens.get(upstream.account('acme'));
  });

  it('work again after the pause, and a later rejection is the first one', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 1000, refreshTokens: false } });
    const account = upstream.account('acme');
    upstream.simulator.setPassword('acme', 'changed');
    await failureOf(upstream.tokens.get(account));
    upstream.clock.advance(60_000);
    expect((await failureOf(upstream.tokens.get(account))).retryAfterMs).toBe(600_000);
    upstream.simulator.setPassword('acme', 'acme-password');
    upstream.clock.advance(599_999);
    expect(await codeOf(upstream.tokens.get(account))).toBe('AAM_AUTH_FAILED');
    upstream.clock.advance(1);
    expect(await upstream.tokens.get(account)).toBe(upstream.simulator.tokensIssued('acme')[0]);
    upstream.simulator.setPassword('acme', 'changed again');
    upstream.clock.advance(1_000_000);
    expect((await failureOf(upstream.tokens.get(account))).retryAfterMs).toBe(60_000);
  });

  it('of one customer block neither another customer nor corrected credentials', async () => {
    const upstream = await startUpstream();
    upstream.simulator.setSecret('globex', 'changed');
    const account = upstream.account('globex');
    await failureOf(upstream.tokens.get(account));
    await upstream.tokens.get(upstream.account('acme'));
    await upstream.tokens.get({ ...account, clientSecret: 'changed' });
    expect(await codeOf(upstream.tokens.get(account))).toBe('AAM_AUTH_FAILED');
    expect(tokenCalls(upstream)).toBe(3);
  });

  it('prevent calls to the API', async () => {
    const upstream = await startUpstream();
    upstream.simulator.setPassword('acme', 'changed');
    const call = upstream.client.listMappings(upstream.account('acme'), '314');
    expect(await codeOf(call)).toBe('AAM_AUTH_FAILED');
    expect(upstream.simulator.count()).toBe(1);
  });

  it('do not end a token that is still valid', async () => {
    const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: 100, refreshTokens: false } });
    const account = upstream.account('acme');
    const token = await upstream.tokens.get(account);
    upstream.simulator.setPassword('acme', 'changed');
    upstream.clock.advance(90_000);
    expect(await upstream.tokens.get(account)).toBe(token);
    upstream.clock.advance(9_999);
    expect(await upstream.tokens.get(account)).toBe(token);
    expect(tokenCalls(upstream)).toBe(2);
    upstream.clock.advance(1);
    expect(await codeOf(upstream.tokens.get(account))).toBe('AAM_AUTH_FAILED');
  });
});

describe('the token endpoint', () => {
  it.each<[string, FaultAction]>([
    ['503 as HTML', { kind: 'status', status: 503, html: true }],
    ['502', { kind: 'status', status: 502 }],
    ['a reset connection', { kind: 'reset' }],
  ])('is called again after %s', async (_name, action) => {
    const upstream = await startUpstream();
    upstream.simulator.fault({ endpoint: 'token', times: 2, action });
    const call = upstream.tokens.get(upstream.account('acme'));
    expect(await passWaits(upstream.clock, call)).toEqual([125, 250]);
    expect(await call).toBe(upstream.simulator.tokensIssued('acme')[0]);
    expect(tokenCalls(upstream)).toBe(3);
  });

  it('is called again after 429, when the pause of its host is over', async () => {
    const upstream = await startUpstream({ http: { callsPerSecond: 1_000 } });
    const fault = upstream.simulator.fault({
      endpoint: 'token',
      times: 2,
      action: { kind: 'status', status: 429 },
    });
    const call = upstream.tokens.get(upstream.account('acme'));
    expect(await passWaits(upstream.clock, call)).toEqual([750, 1_500]);
    expect(await call).toBe(upstream.simulator.tokensIssued('acme')[0]);
    expect([fault.hits, tokenCalls(upstream)]).toEqual([2, 3]);
  });

  it('that goes on failing with 429 does not count as rejected credentials', async () => {
    const upstream = await startUpstream({ http: { patienceMs: 0 } });
    const account = upstream.account('acme');
    const fault = upstream.simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 429 } });
    for (let times = 0; times < 5; times++) {
      expect(await codeOf(upstream.tokens.get(account), upstream.clock)).toBe('AAM_RATE_LIMITED');
    }
    fault.remove();
    const call = upstream.tokens.get(account);
    await passWaits(upstream.clock, call);
    expect(await call).toBe(upstream.simulator.tokensIssued('acme')[0]);
  });

  it('is called again when it does not respond in time', async () => {
    const upstream = await startUpstream({ http: { requestTimeoutMs: 40_000 } });
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'hang' } });
    const arrived = upstream.simulator.nextCall({ endpoint: 'token' });
    const call = upstream.tokens.get(upstream.account('acme'));
    await arrived;
    upstream.clock.advance(40_000);
    expect(await passWaits(upstream.clock, call)).toEqual([125]);
    await call;
    expect(tokenCalls(upstream)).toBe(2);
  });

  it.each<[string, FaultAction, string]>([
    ['503', { kind: 'status', status: 503 }, 'AAM_UNAVAILABLE'],
    ['a reset connection', { kind: 'reset' }, 'AAM_UNAVAILABLE'],
  ])(
    'that goes on failing with %s makes the call fail but does not count as rejected credentials',
    async (_name, action, code) => {
      const upstream = await startUpstream();
      const account = upstream.account('acme');
      const fault = upstream.simulator.fault({ endpoint: 'token', action });
      expect(await codeOf(upstream.tokens.get(account), upstream.clock)).toBe(code);
      expect(tokenCalls(upstream)).toBe(4);
      expect(await metricValue(upstream.metrics.tokenGrants, { grant: 'password', outcome: 'failed' })).toBe(
        1,
      );
      fault.remove();
      await upstream.tokens.get(account);
      expect(tokenCalls(upstream)).toBe(5);
    },
  );

  const odd = (body: string): FaultAction => ({ kind: 'body', body });
  it.each<[string, FaultAction]>([
    ['an HTML page', { kind: 'body', body: '<html>Sign in</html>', contentType: 'text/html' }],
    ['nothing', odd('')],
    ['no access_token', odd('{"token_type":"bearer","expires_in":100}')],
    ['an empty access_token', odd('{"access_token":"","expires_in":100}')],
    ['a numeric access_token', odd('{"access_token":17,"expires_in":100}')],
    ['an access_token that no header can carry', odd('{"access_token":"a\\nb","expires_in":100}')],
    ['an access_token beyond ASCII', odd('{"access_token":"łłłł","expires_in":100}')],
    ['an array', odd('[]')],
    ['null', odd('null')],
  ])(
    'that responds with %s is AAM_BAD_RESPONSE, and is called again by the next call',
    async (_name, action) => {
      const upstream = await startUpstream();
      const account = upstream.account('acme');
      upstream.simulator.fault({ endpoint: 'token', times: 1, action });
      expect(await codeOf(upstream.tokens.get(account))).toBe('AAM_BAD_RESPONSE');
      expect(tokenCalls(upstream)).toBe(1);
      await upstream.tokens.get(account);
      expect(tokenCalls(upstream)).toBe(2);
    },
  );

  it.each([
    ['missing', {}],
    ['null', { expires_in: null }],
    ['a word', { expires_in: 'soon' }],
    ['negative', { expires_in: -1 }],
    ['zero', { expires_in: 0 }],
  ])('whose expires_in is %s gives a token that is used until a 401', async (_name, field) => {
    const upstream = await startUpstream();
    const account = upstream.account('globex');
    const body = JSON.stringify({ access_token: 'of-unknown-lifetime', ...field });
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'body', body } });
    expect(await upstream.tokens.get(account)).toBe('of-unknown-lifetime');
    upstream.clock.advance(365 * DAY_MS);
    expect(await upstream.tokens.get(account)).toBe('of-unknown-lifetime');
    expect(tokenCalls(upstream)).toBe(1);
    // The simulator did not issue this token, so it answers with 401.
    await upstream.client.readDestination(account, '566');
    expect(upstream.simulator.calls.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['token', 200],
      ['destination', 401],
      ['token', 200],
      ['destination', 200],
    ]);
  });

  it.each([-1, null])(
    'that issues endless tokens (%j) is called once, and again after a 401',
    async (lifetime) => {
      const upstream = await startUpstream({ simulator: { tokenLifetimeSeconds: lifetime } });
      const account = upstream.account('acme');
      await upstream.client.readDestination(account, '314');
      upstream.clock.advance(100 * DAY_MS);
      await upstream.client.readDestination(account, '314');
      expect(tokenCalls(upstream)).toBe(1);
      upstream.simulator.revokeTokens('acme');
      await upstream.client.readDestination(account, '314');
      expect(grants(upstream)).toEqual(['password', 'refresh_token']);
    },
  );

  it.each([
    ['two days', 2 * 86_400],
    ['a year', 31_536_000],
    ['forever', 1e12],
  ])(
    'that issues tokens for %s is called once a day, and a token is used if that fails',
    async (_name, lifetime) => {
      const upstream = await startUpstream({
        simulator: { tokenLifetimeSeconds: lifetime, refreshTokens: false },
      });
      const account = upstream.account('acme');
      const token = await upstream.tokens.get(account);
      upstream.clock.advance(DAY_MS - 1);
      expect(await upstream.tokens.get(account)).toBe(token);
      upstream.clock.advance(1);
      const fault = upstream.simulator.fault({ endpoint: 'token', action: { kind: 'status', status: 500 } });
      expect(await upstream.tokens.get(account)).toBe(token);
      fault.remove();
      expect(await upstream.tokens.get(account)).not.toBe(token);
      expect(tokenCalls(upstream)).toBe(3);
    },
  );

  it('may write expires_in as text', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('globex');
    const body = '{"access_token":"of-a-hundred-seconds","expires_in":"100"}';
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'body', body } });
    await upstream.tokens.get(account);
    upstream.clock.advance(89_999);
    await upstream.tokens.get(account);
    expect(tokenCalls(upstream)).toBe(1);
    upstream.clock.advance(1);
    await upstream.tokens.get(account);
    expect(tokenCalls(upstream)).toBe(2);
  });
});
