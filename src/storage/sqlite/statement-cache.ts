/** Maximum number of prepared statements per connection. The least recently used one is dropped first. */
const MAX_STATEMENTS = 200;

/** The prepared statements of a connection, by their SQL text. */
export class StatementCache<Statement> {
  readonly #statements = new Map<string, Statement>();

  get(sql: string): Statement | undefined {
    const statement = this.#statements.get(sql);
    if (statement !== undefined) this.set(sql, statement);
    return statement;
  }

  set(sql: string, statement: Statement): void {
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size <= MAX_STATEMENTS) return;
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined) this.#statements.delete(oldest);
  }

  clear(): void {
    this.#statements.clear();
  }
}
