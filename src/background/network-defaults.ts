import { getDefaultResultOrder, setDefaultResultOrder } from 'node:dns';
import { getDefaultAutoSelectFamily, setDefaultAutoSelectFamily } from 'node:net';
import tls from 'node:tls';

/** Network options of the process (NODE_OPTIONS, command line) that Node.js does not pass on to worker threads. */
export interface NetworkDefaults {
  readonly dnsOrder: ReturnType<typeof getDefaultResultOrder>;
  readonly autoSelectFamily: boolean;
  readonly minVersion: tls.SecureVersion;
  readonly maxVersion: tls.SecureVersion;
  readonly ciphers: string;
}

/** The options of the calling thread. */
export function networkDefaults(): NetworkDefaults {
  return {
    dnsOrder: getDefaultResultOrder(),
    autoSelectFamily: getDefaultAutoSelectFamily(),
    minVersion: tls.DEFAULT_MIN_VERSION,
    maxVersion: tls.DEFAULT_MAX_VERSION,
    ciphers: tls.DEFAULT_CIPHERS,
  };
}

/** Applies the options to the calling thread. */
export function setNetworkDefaults(defaults: NetworkDefaults): void {
  setDefaultResultOrder(defaults.dnsOrder);
  setDefaultAutoSelectFamily(defaults.autoSelectFamily);
  tls.DEFAULT_MIN_VERSION = defaults.minVersion;
  tls.DEFAULT_MAX_VERSION = defaults.maxVersion;
  tls.DEFAULT_CIPHERS = defaults.ciphers;
}
