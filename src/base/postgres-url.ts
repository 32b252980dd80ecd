/** One server of a connection string. */
export interface PostgresHost {
  /** Host and port, for people; `localhost` if the string names none. */
  readonly name: string;
  /** The connection string with only this server. */
  readonly url: string;
}

/** A connection string of PostgreSQL, taken apart. */
export interface PostgresUrl {
  /** At least one, in the order in which they are tried. */
  readonly hosts: readonly PostgresHost[];
  /** The parameter of the query with this name; `null`: not stated. */
  readonly targetSessionAttrs: string | null;
}

/** Scheme, user and password, hosts, and the rest of a connection string. */
const PARTS = /^(postgres(?:ql)?:\/\/)((?:[^/?#]*@)?)([^/?#]*)(.*)$/s;

/**
 * Takes a connection string apart, which may name several hosts as those of libpq do:
 * `postgres://user:password@one,two:5433/database?target_session_attrs=read-write`.
 *
 * @returns `null` if the text is no such string
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parsePostgresUrl(text: string): PostgresUrl | null {
  const [, scheme, user, authority, rest] = PARTS.exec(text) ?? [];
  if (scheme === undefined || user === undefined || authority === undefined || rest === undefined)
    return null;
  // A password with a / ends the hosts too early: it would be taken for a host and a path, and shown.
  if (/^[^?#]*@/.test(rest)) return null;
  const names = authority.split(',');
  if (names.length > 1 && names.some((name) => name === '')) return null;
  const hosts: PostgresHost[] = [];
  let targetSessionAttrs: string | null = null;
  for (const name of names) {
    const url = `${scheme}${user}${name}${rest}`;
    if (!URL.canParse(url)) return null;
    const { host, searchParams } = new URL(url);
    targetSessionAttrs = searchParams.get('target_session_attrs');
    hosts.push({ name: searchParams.get('host') ?? (host === '' ? 'localhost' : host), url });
  }
  return { hosts, targetSessionAttrs };
}

/** A connection string without user and password, for comparing where two of them lead. */
export function withoutCredentials(text: string): string {
  const withoutUser = text.replace(PARTS, (_, scheme: string, _user: string, hosts: string, rest: string) => {
    return `${scheme}${hosts}${rest}`;
  });
  return withoutUser.replace(/([?&])(?:user|password)=[^&#]*/g, '$1');
}

/** The passwords in a connection string, encoded and decoded. */
export function postgresPasswords(text: string): string[] {
  const first = parsePostgresUrl(text)?.hosts[0];
  if (first === undefined) return [];
  const { password, searchParams } = new URL(first.url);
  return [decoded(password), password, searchParams.get('password') ?? ''].filter((each) => each !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
