import { ConfigError, parseConfig, type Config, type LoadOptions } from '../../src/config/index.js';

/** A text that the gateway would start with, as short as can be. */
export const SMALLEST = 'customers: [{ id: acme }]\n';

/** Parses with an environment of the test's own, never the process's. */
export function parse(text: string, options: LoadOptions & { file?: string } = {}): Config {
  return parseConfig(text, { file: '/etc/gateway/gateway.yaml', env: {}, ...options });
}

/** The error that a text is refused with. */
export function refusal(text: string, options: LoadOptions & { file?: string } = {}): ConfigError {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** The mistakes of a text, each as `path: message`. */
export function mistakes(text: string, options: LoadOptions & { file?: string } = {}): string[] {
  return refusal(text, options).problems.map(({ path, message }) => `${path}: ${message}`);
}
