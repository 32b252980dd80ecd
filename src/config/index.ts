export { isLoopback } from './addresses.js';
export { ConfigError } from './config-error.js';
export { configInForce } from './config-in-force.js';
export { ConfigWatch, asTheyAre } from './config-watch.js';
export { parseDuration } from './durations.js';
export { keepAccess } from './kept-access.js';
export { readListenAddress, type ListenAddress } from './listen-address.js';
export { readDatabasePath } from './database-path.js';
export { configFilePath, loadConfig, loadConfigWithFiles, type LoadedConfig } from './load.js';
export { parseConfig, type LoadOptions } from './parse.js';
export { loadPrintedConfig } from './printed-config.js';
export { configSecrets } from './secrets.js';
export { longestDelayMs, storingTimeMs } from './shutdown.js';
export { parseSize } from './sizes.js';
export type { ConfigSources } from './source-files.js';
export type {
  AccessConfig,
  Config,
  CustomerConfig,
  DestinationConfig,
  DestinationFilter,
  DestinationType,
  DiscoveryConfig,
  JwtConfig,
  LimitsConfig,
  MessagesConfig,
  OutboundConfig,
  Permission,
  SegmentIdType,
  SignatureConfig,
  TlsConfig,
  TrustedDocumentsConfig,
  VisibleCustomers,
} from './types.js';
export { unknownCustomers } from './unknown-customers.js';
