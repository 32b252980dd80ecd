import type { SimulatorEndpoint } from './types.js';

/** An endpoint and its path parameters. IDs are unparsed text: the API rejects those that are not numbers. */
export type Route =
  | { readonly endpoint: 'token'; readonly grants: 'password' | 'server-to-server' }
  | { readonly endpoint: 'destinations' }
  | { readonly endpoint: 'user' }
  | { readonly endpoint: 'destination' | 'mappings' | 'outbound'; readonly destinationId: string }
  | { readonly endpoint: 'mapping'; readonly destinationId: string; readonly mappingId: string };

export const API_PATH = '/v1';
export const PASSWORD_TOKEN_PATH = '/oauth/token';
export const SERVER_TO_SERVER_TOKEN_PATH = '/ims/token/v3';
const USER_PATH = `${API_PATH}/users/self`;

const DESTINATIONS = new RegExp(
  `^${API_PATH}/destinations(?:/(?<destinationId>[^/]+)(?:(?<mappings>/mappings(?:/(?<mappingId>[^/]+))?)|(?<outbound>/history/outbound))?)?/?$`,
);

/** Finds the route of a path. A slash at the end makes no difference. @returns `undefined` for an unknown path */
export function routeOf(pathname: string): Route | undefined {
  if (pathname === PASSWORD_TOKEN_PATH) return { endpoint: 'token', grants: 'password' };
  if (pathname === SERVER_TO_SERVER_TOKEN_PATH) return { endpoint: 'token', grants: 'server-to-server' };
  if (pathname === USER_PATH) return { endpoint: 'user' };
  const groups = DESTINATIONS.exec(pathname)?.groups;
  if (groups === undefined) return undefined;
  // The value of a named group that did not match is undefined, but the type of `groups` does not say so.
  const { destinationId, mappings, mappingId, outbound } = groups as Partial<typeof groups>;
  if (destinationId === undefined) return { endpoint: 'destinations' };
  if (mappingId !== undefined) return { endpoint: 'mapping', destinationId, mappingId };
  if (outbound !== undefined) return { endpoint: 'outbound', destinationId };
  return { endpoint: mappings === undefined ? 'destination' : 'mappings', destinationId };
}

/** The only method that an endpoint accepts. */
export function methodOf(endpoint: SimulatorEndpoint): 'GET' | 'POST' {
  return endpoint === 'token' ? 'POST' : 'GET';
}
