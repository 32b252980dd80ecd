import type { Config } from './types.js';

/** Every password, client secret and key that a configuration holds, each once, so that logs can blank them out. */
export function configSecrets(config: Config): string[] {
  const secrets = new Set<string>();
  if (config.audienceManager.password !== null) secrets.add(config.audienceManager.password.clientSecret);
  for (const { credentials } of config.customers) {
    if (credentials?.type === 'password') secrets.add(credentials.password);
    if (credentials?.type === 'server-to-server') secrets.add(credentials.clientSecret);
  }
  const { storage } = config;
  if (storage.encryptionKey !== null) secrets.add(storage.encryptionKey);
  if (storage.engine === 'postgres') {
    secrets.add(storage.url);
    const { password } = new URL(storage.url);
    if (password !== '') secrets.add(decodeURIComponent(password)).add(password);
  }
  return [...secrets];
}
