import type { Path } from './message-format.js';

/** Whether the value at a path is secret. `audienceManager.password` is a section, not a password. */
export function isSecretPath(path: Path): boolean {
  const key = path.at(-1);
  if (key === 'clientSecret' || key === 'encryptionKey') return true;
  if (path[0] === 'messages' && (key === 'secret' || key === 'previousSecret')) return true;
  // These URLs contain user name and password.
  if (path.length === 2 && path[0] === 'storage' && key === 'postgres') return true;
  if (path.length === 2 && path[0] === 'outbound' && key === 'proxy') return true;
  if (path.length === 3 && path[0] === 'listen' && path[1] === 'tls' && key === 'key') return true;
  return key === 'password' && !(path.length === 2 && path[0] === 'audienceManager');
}
