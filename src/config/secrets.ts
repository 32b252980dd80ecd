import { proxyCredentials } from './proxy.js';
import type { Config } from './types.js';

/** All passwords, client secrets and keys in a configuration, each once, for the redaction of logs. */
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
    const { password, searchParams } = new URL(storage.url);
    for (const each of [decodeURIComponent(password), password, searchParams.get('password') ?? '']) {
      if (each !== '') secrets.add(each);
    }
  }
  if (config.listen.tls !== null) secrets.add(config.listen.tls.key);
  for (const secret of proxySecrets(config.outbound.proxy)) secrets.add(secret);
  return [...secrets];
}

/**
 * The proxy's URL, its password encoded and decoded, and its credentials as HTTP Basic authentication sends
 * them.
 */
function proxySecrets(proxy: string | null): string[] {
  const credentials = proxy === null ? null : proxyCredentials(proxy);
  if (proxy === null || credentials === null || credentials === undefined) return [];
  const { username, password } = credentials;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return [proxy, basic, password, new URL(proxy).password].filter((secret) => secret !== '');
}
