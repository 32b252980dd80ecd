import type { DiscoveryConfig } from '../../src/config/index.js';
import type { CustomerSetup } from '../../src/directory/index.js';

/** Discovers all destinations, whose IDs are of a stated kind, so that no details are read. */
export const EVERYTHING: DiscoveryConfig = {
  include: null,
  exclude: null,
  segmentIdType: 'MAPPING_ID',
  format: null,
};

/** Makes all customers discover their destinations instead of naming them. */
export function discovering(
  config: Partial<DiscoveryConfig> = {},
): (setups: CustomerSetup[]) => CustomerSetup[] {
  return (setups) =>
    setups.map((setup) => ({ ...setup, destinations: [], discovery: { ...EVERYTHING, ...config } }));
}
