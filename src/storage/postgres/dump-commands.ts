/** The command that backs a database up into a file. It has no password: `pg_dump` asks for it, or takes PGPASSWORD. */
export function dumpCommand(url: string, file: string): string {
  return `pg_dump --format=custom --file=${quoted(file)} ${quoted(withoutPassword(url))}`;
}

/** The command that restores such a backup, in the place of what is there. */
export function restoreCommand(url: string, file: string): string {
  return `pg_restore --clean --if-exists --single-transaction --dbname=${quoted(withoutPassword(url))} ${quoted(file)}`;
}

/** A connection string may name several hosts, which `URL` does not understand. */
function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/[^:/?#@]*):[^/?#]*@/i, '$1@')
    .replace(/([?&])password=[^&#]*(&|$)/gi, (_, before: string, after: string) =>
      after === '&' ? before : '',
    );
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
