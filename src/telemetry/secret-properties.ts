/** Names of properties whose values are secret wherever they turn up in a logged object, in lower case. */
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

const CENSOR = '[redacted]';

/** Deeper than anything that is logged; what is further down goes by its value alone. */
const MAX_DEPTH = 8;

/** `value` with the values of secret properties replaced; itself where there are none. */
export function withoutSecretProperties<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const given = (value as Record<string, unknown>)[key];
    const kept =
      SECRET_PROPERTIES.has(key) || SECRET_PROPERTIES.has(key.toLowerCase())
        ? CENSOR
        : typeof given === 'object'
          ? withoutSecretProperties(given, depth + 1)
          : given;
    if (kept === given) continue;
    copy ??= copyOf(value) as Record<string, unknown>;
    copy[key] = kept;
  }
  return (copy as T | undefined) ?? value;
}

function copyOf(value: object): object {
  if (Array.isArray(value)) return [...(value as unknown[])];
  if (!(value instanceof Error)) return { ...value };
  // One with nothing but its enumerable properties would tell neither what happened nor where.
  const copy = Object.create(
    Object.getPrototypeOf(value) as object,
    Object.getOwnPropertyDescriptors(value),
  ) as object;
  return Object.defineProperty(copy, 'stack', { value: value.stack });
}
