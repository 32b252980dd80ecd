import { postgresPasswords } from '../base/postgres-url.js';
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
    for (const password of postgresPasswords(storage.url)) secrets.add(password);
  }
  for (const secret of config.messages.signature?.secrets ?? []) secrets.add(secret);
  if (config.listen.tls !== null) secrets.add(config.listen.tls.key);
  for (const secret of urlSecrets(config.outbound.proxy)) secrets.add(secret);
  const { traces } = config.telemetry;
  if (traces !== null && new URL(traces).password !== '') {
    for (const secret of urlSecrets(traces)) secrets.add(secret);
  }
  return [...secrets];
}

/**
 * A URL with a password, the password encoded and decoded, and the credentials as HTTP Basic authentication sends them.
 * Nothing if the URL has no credentials.
 */
function urlSecrets(url: string | null): string[] {
  const credentials = url === null ? null : proxyCredentials(url);
  if (url === null || credentials === null) return [];
  const { password } = new URL(url);
  // A password that is not correctly encoded is sent as it is.
  if (credentials === undefined) return [url, password];
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return [url, basic, credentials.password, password].filter((secret) => secret !== '');
}
