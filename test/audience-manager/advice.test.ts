import { describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/simulator/index.js';
import { failureOf, readDestination, startUpstream } from '../support/upstream.js';

const refused = (error: string, description?: string): FaultAction => ({
  kind: 'oauth-error',
  error,
  ...(description === undefined ? {} : { description }),
});

describe('rejected credentials of a user', () => {
  const POSSIBLE =
    "The customer's password is expired (passwords expire after 30 or 90 days) or wrong, or its user is locked (after five failed log-ins).";

  it.each<[string, FaultAction, string]>([
    [
      'it says no more than that',
      refused('invalid_grant', 'Bad credentials'),
      `: invalid_grant, “Bad credentials”. ${POSSIBLE}`,
    ],
    [
      'it says that the user is locked',
      refused('invalid_grant', 'User account is locked'),
      ": invalid_grant, “User account is locked”. The customer's user is locked (after five failed log-ins): an administrator of the customer has to unlock it.",
    ],
    [
      'it says that the password has expired',
      refused('invalid_grant', 'User credentials have expired'),
      ": invalid_grant, “User credentials have expired”. The customer's password is expired (passwords expire after 30 or 90 days): configure a new one.",
    ],
    [
      'it is about the client',
      refused('invalid_client', 'Bad client credentials'),
      ': invalid_client, “Bad client credentials”. Check audienceManager.password.clientId or clientSecret: one of them is wrong.',
    ],
    [
      'it may be about either',
      refused('unauthorized', 'Full authentication is required'),
      ": unauthorized, “Full authentication is required”. Either audienceManager.password.clientId or clientSecret is wrong, or the customer's user is locked (after five failed log-ins), or its password is expired (passwords expire after 30 or 90 days) or wrong.",
    ],
    [
      'it says nothing',
      { kind: 'status', status: 403, html: true },
      ". Either audienceManager.password.clientId or clientSecret is wrong, or the customer's user is locked (after five failed log-ins), or its password is expired (passwords expire after 30 or 90 days) or wrong.",
    ],
  ])('say what can be the matter if %s', async (_when, action, message) => {
    const upstream = await startUpstream();
    upstream.simulator.fault({ endpoint: 'token', action });
    const error = await failureOf(upstream.tokens.get(upstream.account('acme')));
    expect(error.message).toBe(`Audience Manager rejected the credentials${message}`);
  });

  it('say it again while they are not tried', async () => {
    const upstream = await startUpstream();
    upstream.simulator.refuse('acme', 'expired');
    const first = await failureOf(upstream.tokens.get(upstream.account('acme')));
    expect(first.message).toContain('“User credentials have expired”');
    expect((await failureOf(upstream.tokens.get(upstream.account('acme')))).message).toBe(first.message);
    expect(upstream.simulator.count()).toBe(1);
  });
});

describe('rejected server-to-server credentials', () => {
  it.each([
    [
      'the secret is wrong',
      'invalid_client',
      'invalid client_secret parameter',
      "The client ID or the client secret is wrong, or the secret was revoked or has expired: see the customer's project in the Adobe Developer Console.",
    ],
    [
      'a scope is not allowed',
      'invalid_scope',
      'The client may not ask for the scope openid',
      "Check audienceManager.serverToServer.scopes, and that the customer's project in the Adobe Developer Console has the API of Audience Manager.",
    ],
  ])('say what can be the matter if %s', async (_when, code, words, advice) => {
    const upstream = await startUpstream();
    if (code === 'invalid_scope') upstream.simulator.refuse('globex', 'scope');
    else upstream.simulator.setSecret('globex', 'changed');
    const error = await failureOf(upstream.tokens.get(upstream.account('globex')));
    expect(error.code).toBe('AAM_AUTH_FAILED');
    expect(error.message).toBe(`Audience Manager rejected the credentials: ${code}, “${words}”. ${advice}`);
  });

  it('are those whose client ID is not valid as API key', async () => {
    const upstream = await startUpstream();
    upstream.simulator.refuse('globex', 'api-key');
    const account = upstream.account('globex');
    for (const call of [
      (): Promise<unknown> => upstream.client.readDestination(account, '566'),
      (): Promise<unknown> => upstream.client.listMappings(account, '566'),
    ]) {
      const error = await failureOf(call());
      expect(error.code).toBe('AAM_AUTH_FAILED');
      expect(error.message).toBe(
        "Audience Manager rejected the client ID as API key: “Api Key is invalid”. Check the customer's clientId, and that the customer's project in the Adobe Developer Console has the API of Audience Manager.".replace(
          ': “',
          ': 403003, “',
        ),
      );
    }
  });
});

describe('a forbidden destination', () => {
  const NEW =
    'The technical user of new credentials has to be made known by one call of users/self, which aam-gateway check makes; it needs a group that may read the destination, and the project needs a product profile.';

  it.each([
    ['unknown-user', 'User is not registered in this account'],
    ['no-profile', 'The project has no product profile'],
  ] as const)('says what new server-to-server credentials need: %s', async (refusal, words) => {
    const upstream = await startUpstream();
    upstream.simulator.refuse('globex', refusal);
    const error = await failureOf(upstream.client.listMappings(upstream.account('globex'), '566'));
    expect(error.code).toBe('AAM_FORBIDDEN');
    expect(error.message).toBe(`The credentials may not read this destination: “${words}”. ${NEW}`);
  });

  it('can be read after the technical user was made known', async () => {
    const upstream = await startUpstream();
    upstream.simulator.refuse('globex', 'unknown-user');
    const account = upstream.account('globex');
    await failureOf(upstream.client.readDestination(account, '566'));
    await upstream.client.makeUserKnown(account);
    expect((await upstream.client.readDestination(account, '566')).name).toBe('Destination 566');
    expect(upstream.simulator.calls.map(({ path }) => path)).toContain('/v1/users/self');
  });

  it('repeats the reason that a user of a password gets, and no more', async () => {
    const upstream = await startUpstream();
    const message = async (body?: string): Promise<string> => {
      const action = { kind: 'status', status: 403, ...(body === undefined ? {} : { body }) } as const;
      upstream.simulator.fault({ endpoint: 'destination', times: 1, action });
      return (await failureOf(readDestination(upstream))).message;
    };
    expect(await message()).toBe('The credentials may not read this destination.');
    expect(await message('{"message":"Not in a group that may"}')).toBe(
      'The credentials may not read this destination: “Not in a group that may”.',
    );
  });
});
