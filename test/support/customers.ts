import type {
  PasswordCustomer,
  ServerToServerCustomer,
  SimulatorDestination,
} from '../../src/simulator/index.js';

/** A destination with `count` segments: names from `Segment 1`, mapping IDs from 1001, sids from 5001. */
export function destination(
  id: number,
  count: number,
  more: Partial<SimulatorDestination> = {},
): SimulatorDestination {
  return {
    id,
    name: `Destination ${id}`,
    description: `What ${id} is for`,
    type: 'S2S',
    mappings: Array.from({ length: count }, (_, index) => ({
      mappingId: 1001 + index,
      sid: 5001 + index,
      name: `Segment ${index + 1}`,
      description: `About segment ${index + 1}`,
    })),
    ...more,
  };
}

/** A simulated customer that logs in with user name and password. */
export function passwordCustomer(key: string, ...destinations: SimulatorDestination[]): PasswordCustomer {
  return { key, type: 'password', username: `${key}-user`, password: `${key}-password`, destinations };
}

/** A simulated customer that logs in with OAuth Server-to-Server credentials. */
export function serverToServerCustomer(
  key: string,
  ...destinations: SimulatorDestination[]
): ServerToServerCustomer {
  return {
    key,
    type: 'server-to-server',
    clientId: `${key}-client`,
    clientSecret: `${key}-secret`,
    orgId: `${key}@AdobeOrg`,
    destinations,
  };
}
