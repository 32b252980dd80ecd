import { getDefaultResultOrder, setDefaultResultOrder } from 'node:dns';
import { getDefaultAutoSelectFamily, setDefaultAutoSelectFamily } from 'node:net';
import tls from 'node:tls';

/** What Node.js was told of networks, by NODE_OPTIONS or on its command line, that its threads do not get to know. */
export interface NetworkDefaults {
  readonly dnsOrder: ReturnType<typeof getDefaultResultOrder>;
  readonly autoSelectFamily: boolean;
  readonly minVersion: tls.SecureVersion;
  readonly maxVersion: tls.SecureVersion;
  readonly ciphers: string;
}

export function networkDefaults(): NetworkDefaults {
  return {
    dnsOrder: getDefaultResultOrder(),
    autoSelectFamily: getDefaultAutoSelectFamily(),
    minVersion: tls.DEFAULT_MIN_VERSION,
    maxVersion: tls.DEFAULT_MAX_VERSION,
    ciphers: tls.DEFAULT_CIPHERS,
  };
}

/** For this thread. */
export function setNetworkDefaults(defaults: NetworkDefaults): void {
  setDefaultResultOrder(defaults.dnsOrder);
  setDefaultAutoSelectFamily(defaults.autoSelectFamily);
  tls.DEFAULT_MIN_VERSION = defaults.minVersion;
  tls.DEFAULT_MAX_VERSION = defaults.maxVersion;
  tls.DEFAULT_CIPHERS = defaults.ciphers;
}
