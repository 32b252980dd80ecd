import { withoutCredentials } from '../base/postgres-url.js';
import { keepAccess } from './kept-access.js';
import type { Config, TlsConfig } from './types.js';

/**
 * The configuration that is in force after a reload: of the file what takes effect at once, of everything else what was in
 * force before. A process that joins a running gateway starts with it.
 *
 * @param before what was in force
 * @param file what was read
 */
export function configInForce(before: Config, file: Config): Config {
  const { password, serverToServer } = file.audienceManager;
  return {
    ...before,
    customers: file.customers,
    access: keepAccess(before.access, file.access).access,
    // A line that is missing from the file must not open a running gateway.
    messages: file.messages.signature === null ? before.messages : file.messages,
    listen: { ...before.listen, tls: tlsInForce(before.listen.tls, file.listen.tls) },
    audienceManager: { ...before.audienceManager, password, serverToServer },
    storage: storageInForce(before.storage, file.storage),
  };
}

/** Whether there is TLS, and whether clients need certificates, is decided when a server is created. */
function tlsInForce(before: TlsConfig | null, file: TlsConfig | null): TlsConfig | null {
  if (before === null || file === null) return before;
  return (before.clientCa === null) === (file.clientCa === null)
    ? file
    : { ...file, clientCa: before.clientCa };
}

/** The database stays the same one; its user and password may change. */
function storageInForce(before: Config['storage'], file: Config['storage']): Config['storage'] {
  if (before.engine !== 'postgres' || file.engine !== 'postgres') return before;
  return withoutCredentials(before.url) === withoutCredentials(file.url)
    ? { ...before, url: file.url }
    : before;
}
