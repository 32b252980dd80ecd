import type { Config } from './types.js';

/** Every password and client secret that a configuration holds, each once, so that logs can blank them out. */
export function configSecrets(config: Config): string[] {
  const secrets = new Set<string>();
  if (config.audienceManager.password !== null) secrets.add(config.audienceManager.password.clientSecret);
  for (const { credentials } of config.customers) {
    if (credentials?.type === 'password') secrets.add(credentials.password);
    if (credentials?.type === 'server-to-server') secrets.add(credentials.clientSecret);
  }
  return [...secrets];
}
