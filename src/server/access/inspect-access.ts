import { unknownCustomers, type Config } from '../../config/index.js';
import { inspectDocuments } from '../../graphql/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';

/** Where the warnings go, and the labels of operations. */
interface InspectionOptions {
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: Metrics;
}

/** Maximum number of customers or documents that one log line names. */
const MAX_LOGGED_NAMES = 20;

const PAGE_REFUSED =
  'the page for people sends operations of its own, which access.trustedDocuments.only refuses: it works only with the permission explore; see listen.page in the configuration';

/**
 * Warns about valid access settings that match nothing or shut something out: unknown customers, documents that do not fit
 * the schema, the page for people. The operations in the documents get labels in the metrics.
 */
export function inspectAccess(config: Config, { logger, metrics }: InspectionOptions): void {
  const customers = unknownCustomers(config);
  if (customers.length > 0) {
    const named = { customers: customers.slice(0, MAX_LOGGED_NAMES), count: customers.length };
    logger.warn(named, 'access names customers that are not configured; check their IDs');
  }
  const { documents = {}, only = false } = config.access?.trustedDocuments ?? {};
  const { invalid, names } = inspectDocuments(documents);
  metrics.operations.trust(names);
  if (invalid.length > 0) {
    const named = { documents: invalid.slice(0, MAX_LOGGED_NAMES), count: invalid.length };
    logger.warn(named, 'trusted documents do not fit the schema; requests for them will fail');
  }
  if (only && config.listen.page) logger.warn(PAGE_REFUSED);
}
