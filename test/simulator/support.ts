import { onTestFinished } from 'vitest';
import {
  AudienceManagerSimulator,
  type SimulatorCustomer,
  type SimulatorMapping,
  type SimulatorOptions,
} from '../../src/simulator/index.js';

export const GLOBEX = { clientId: 'globex-client', clientSecret: 'globex-secret', orgId: 'GLOBEX@AdobeOrg' };

/** Acme (password) with destinations 314 (12 mappings) and 315; Globex (server-to-server) with 566 and 569. */
export function customers(): SimulatorCustomer[] {
  const mappings: SimulatorMapping[] = Array.from({ length: 12 }, (_, index) => ({
    mappingId: 14395 + index,
    sid: 80920 + index,
    name: `Segment ${String.fromCharCode(76 - index)}`,
    status: index === 3 ? 'deleted' : index === 4 ? 'inactive' : 'active',
  }));
  return [
    {
      key: 'acme',
      type: 'password',
      username: 'acme-user',
      password: 'acme-password',
      destinations: [
        { id: 314, name: 'Acme network', description: 'Nightly', type: 'S2S', mappings },
        { id: 315, name: 'Acme onsite', type: 'PUSH', status: 1, mappings: [{ mappingId: 1, sid: 7 }] },
      ],
    },
    {
      key: 'globex',
      type: 'server-to-server',
      ...GLOBEX,
      destinations: [
        { id: 566, name: 'Globex exchange', type: 'ADS', mappings: [{ mappingId: 1, sid: 80920 }] },
        { id: 569, name: 'Globex finance', type: 'S2S', mappings: [], forbidden: true },
      ],
    },
  ];
}

/** Starts a simulator with these customers. It stops when the test ends. */
export async function startSimulator(
  options: Partial<SimulatorOptions> = {},
): Promise<AudienceManagerSimulator> {
  const simulator = await AudienceManagerSimulator.start({ customers: customers(), ...options });
  onTestFinished(() => simulator.stop());
  return simulator;
}

export interface TokenBody {
  access_token: string;
  token_type: string;
  refresh_token?: string;
  expires_in: number;
  scope?: string;
  error?: string;
  error_description?: string;
}

/** Requests a token from the password endpoint, by default with the partner's own client. */
export function postPassword(
  simulator: AudienceManagerSimulator,
  form: Record<string, string>,
  client = `${simulator.partner.clientId}:${simulator.partner.clientSecret}`,
): Promise<Response> {
  return fetch(simulator.passwordTokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(client).toString('base64')}` },
    body: new URLSearchParams(form),
  });
}

export const ACME_GRANT = { grant_type: 'password', username: 'acme-user', password: 'acme-password' };

/** Requests a token from the server-to-server endpoint with Globex's client. */
export function postClientCredentials(
  simulator: AudienceManagerSimulator,
  form: Record<string, string> = {},
): Promise<Response> {
  return fetch(simulator.serverToServerTokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: GLOBEX.clientId,
      client_secret: GLOBEX.clientSecret,
      scope: 'openid,AdobeID',
      ...form,
    }),
  });
}

export async function tokenBody(response: Promise<Response> | Response): Promise<TokenBody> {
  return (await (await response).json()) as TokenBody;
}

/** Requests a path below the base URL with an access token. */
export type Get = (path: string, init?: RequestInit) => Promise<Response>;

function getWith(simulator: AudienceManagerSimulator, headers: Record<string, string>): Get {
  return (path, init) => fetch(simulator.baseUrl + path, { headers, ...init });
}

export async function asAcme(simulator: AudienceManagerSimulator): Promise<Get> {
  const { access_token: token } = await tokenBody(postPassword(simulator, ACME_GRANT));
  return getWith(simulator, { authorization: `Bearer ${token}` });
}

export async function asGlobex(
  simulator: AudienceManagerSimulator,
  headers: Record<string, string> = { 'x-api-key': GLOBEX.clientId, 'x-gw-ims-org-id': GLOBEX.orgId },
): Promise<Get> {
  const { access_token: token } = await tokenBody(postClientCredentials(simulator));
  return getWith(simulator, { authorization: `Bearer ${token}`, ...headers });
}

export interface PageBody {
  total: number;
  page: number;
  pageSize: number;
  list: Record<string, unknown>[];
}

export async function json<T = Record<string, unknown>>(response: Promise<Response> | Response): Promise<T> {
  return (await (await response).json()) as T;
}
