/** Names of properties, in lower case, whose values are redacted wherever they occur in a logged object. */
const SECRET_PROPERTIES: ReadonlySet<string> = new Set([
  'password',
  'clientsecret',
  'authorization',
  'proxy-authorization',
  'access_token',
  'refresh_token',
  'accesstoken',
  'refreshtoken',
  'x-api-key',
  'cookie',
  'set-cookie',
]);

const REPLACEMENT = '[redacted]';

/** Maximum depth of the search for secret properties. Deeper values are only redacted by their value. */
const MAX_DEPTH = 8;

/**
 * Replaces the values of secret properties.
 *
 * @returns a copy of the objects that contain such a property; `value` itself if none does
 */
export function redactProperties<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const original = (value as Record<string, unknown>)[key];
    const redacted =
      SECRET_PROPERTIES.has(key) || SECRET_PROPERTIES.has(key.toLowerCase())
        ? REPLACEMENT
        : typeof original === 'object'
          ? redactProperties(original, depth + 1)
          : original;
    if (redacted === original) continue;
    copy ??= copyOf(value) as Record<string, unknown>;
    copy[key] = redacted;
  }
  return (copy as T | undefined) ?? value;
}

function copyOf(value: object): object {
  if (Array.isArray(value)) return [...(value as unknown[])];
  if (!(value instanceof Error)) return { ...value };
  // Message, cause and stack of an error are not enumerable, so a spread would lose them.
  const copy = Object.create(
    Object.getPrototypeOf(value) as object,
    Object.getOwnPropertyDescriptors(value),
  ) as object;
  return Object.defineProperty(copy, 'stack', { value: value.stack });
}
