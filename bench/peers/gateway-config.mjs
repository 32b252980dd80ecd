import { createHash } from 'node:crypto';
import { benchConfig } from '../support/config.mjs';

const KEY = 'bench-key-of-no-other-gateway-0123456789';

/** What a request carries so that the gateway answers it. */
export const ACCESS_HEADERS = { 'x-api-key': KEY };

/** As `benchConfig`, with the access control that a user would have (the peers have none), and no limit on requests. */
export function peersConfig(parts) {
  return { ...benchConfig(parts), ...ACCESS };
}

const ACCESS = {
  access: {
    apiKeys: [
      {
        name: 'bench',
        sha256: createHash('sha256').update(KEY).digest('hex'),
        customers: 'all',
        permissions: ['read', 'refresh'],
      },
    ],
  },
  // More than anybody can send, but counted; and what is asked for all at once waits for the last of it.
  limits: { requestsPerMinute: 100_000_000, requestTimeout: '10m' },
};
