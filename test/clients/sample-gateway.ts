import { sampleCustomers } from '../../src/simulator/index.js';
import { TestGateway, type FurtherConfig, type TestCustomer } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';

/** What the documentation has where readers put their own. */
export const ADDRESS = 'https://names.example.com';
export const KEY = 'YOUR-KEY';

/** The sample data of the demo, for callers with {@link KEY}. */
export async function startSampleGateway(
  config: FurtherConfig = {},
  files: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const { customers, gatewayCustomers } = sampleCustomers();
  const { access, ...others } = config;
  return await TestGateway.start({
    simulated: customers,
    customers: gatewayCustomers.map((customer): TestCustomer => ({
      ...customer,
      credentials: customer.credentials === undefined ? null : { ...customer.credentials },
      // The gateway's own default, which is not that of test gateways.
      destinations: customer.destinations.map((each) => ({ segmentIdType: 'AUTO', ...each })),
    })),
    config: { ...others, access: { apiKeys: [entryOf(KEY, 'reports', 'all')], ...access } },
    files,
  });
}
