export { isLoopback } from './addresses.js';
export { ConfigError } from './config-error.js';
export { parseDuration } from './durations.js';
export { keepAccess } from './kept-access.js';
export { configFilePath, loadConfig } from './load.js';
export { parseConfig, type LoadOptions } from './parse.js';
export { configSecrets } from './secrets.js';
export { parseSize } from './sizes.js';
export type {
  AccessConfig,
  Config,
  CustomerConfig,
  DestinationConfig,
  DestinationType,
  JwtConfig,
  LimitsConfig,
  OutboundConfig,
  Permission,
  SegmentIdType,
  TlsConfig,
  TrustedDocumentsConfig,
  VisibleCustomers,
} from './types.js';
export { unknownCustomers } from './unknown-customers.js';
