import { ConfigError, parseConfig, type Config, type LoadOptions } from '../../src/config/index.js';

/** The shortest valid configuration. */
export const SMALLEST = 'customers: [{ id: acme }]\n';

/** Parses a text, by default with an empty environment. */
export function parse(text: string, options: LoadOptions & { file?: string } = {}): Config {
  return parseConfig(text, { file: '/etc/gateway/gateway.yaml', env: {}, ...options });
}

/** The error that a text is refused with; fails if the text is accepted. */
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
