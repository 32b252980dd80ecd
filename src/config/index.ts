export { isLoopback } from './addresses.js';
export { parseDuration } from './durations.js';
export { configFilePath, loadConfig } from './load.js';
export { parseConfig, type LoadOptions } from './parse.js';
export { ConfigError, type ConfigProblem } from './problems.js';
export { proxyCredentials } from './proxy.js';
export { configSecrets } from './secrets.js';
export { parseSize } from './sizes.js';
export type * from './types.js';
