import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { Engine } from './engine.js';

/*
 * A list is one parameter, however long it is: the engines limit the number of parameters. So a statement also has the same
 * text for lists of any length.
 */

/** A condition: an expression is one of these texts. */
export function isOneOf(
  engine: Engine['name'],
  expression: RawBuilder<unknown>,
  texts: readonly string[],
): RawBuilder<SqlBool> {
  return engine === 'postgres'
    ? sql<SqlBool>`${expression} = any(${texts}::text[])`
    : sql<SqlBool>`${expression} in (select j.value from json_each(${JSON.stringify(texts)}) as j)`;
}

/** A condition: an expression is one of these whole numbers. */
export function isOneOfNumbers(
  engine: Engine['name'],
  expression: RawBuilder<unknown>,
  numbers: readonly number[],
): RawBuilder<SqlBool> {
  return engine === 'postgres'
    ? sql<SqlBool>`${expression} = any(${numbers}::bigint[])`
    : sql<SqlBool>`${expression} in (select j.value from json_each(${JSON.stringify(numbers)}) as j)`;
}

/** A table with these texts in the column `item`. */
export function tableOf(engine: Engine['name'], texts: readonly string[]): RawBuilder<unknown> {
  return engine === 'postgres'
    ? sql`(select unnest(${texts}::text[]) as item)`
    : sql`(select j.value as item from json_each(${JSON.stringify(texts)}) as j)`;
}
