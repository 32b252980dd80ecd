import type { SimulatorEndpoint } from './types.js';

/** What a URL path stands for. IDs are as written: whether they are numbers is for the API to judge. */
export type Route =
  | { readonly endpoint: 'token'; readonly grants: 'password' | 'server-to-server' }
  | { readonly endpoint: 'destinations' }
  | { readonly endpoint: 'destination' | 'mappings'; readonly destinationId: string }
  | { readonly endpoint: 'mapping'; readonly destinationId: string; readonly mappingId: string };

export const API_PATH = '/v1';
export const PASSWORD_TOKEN_PATH = '/oauth/token';
export const SERVER_TO_SERVER_TOKEN_PATH = '/ims/token/v3';

const DESTINATIONS = new RegExp(
  `^${API_PATH}/destinations(?:/(?<destinationId>[^/]+)(?<mappings>/mappings(?:/(?<mappingId>[^/]+))?)?)?/?$`,
);

/** The route of a path, with or without a slash at its end; undefined where nothing lives there. */
export function routeOf(pathname: string): Route | undefined {
  if (pathname === PASSWORD_TOKEN_PATH) return { endpoint: 'token', grants: 'password' };
  if (pathname === SERVER_TO_SERVER_TOKEN_PATH) return { endpoint: 'token', grants: 'server-to-server' };
  const groups = DESTINATIONS.exec(pathname)?.groups;
  if (groups === undefined) return undefined;
  // A RegExp's named groups are undefined where they took no part, which their type does not say.
  const { destinationId, mappings, mappingId } = groups as Partial<typeof groups>;
  if (destinationId === undefined) return { endpoint: 'destinations' };
  if (mappingId !== undefined) return { endpoint: 'mapping', destinationId, mappingId };
  return { endpoint: mappings === undefined ? 'destination' : 'mappings', destinationId };
}

/** The only method that an endpoint takes. */
export function methodOf(endpoint: SimulatorEndpoint): 'GET' | 'POST' {
  return endpoint === 'token' ? 'POST' : 'GET';
}
