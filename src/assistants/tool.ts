import type * as z from 'zod';
import { shortened } from '../base/text.js';
import type { ToolProblem } from './shapes.js';

/** An error of an executed operation. */
export interface OperationError {
  readonly code: string;
  readonly message: string;
  /** Where in the data it belongs; empty: to the operation as a whole. */
  readonly path: readonly (string | number)[];
}

/** What executing an operation has given. */
export interface OperationResult {
  /** `null`: the operation was refused or failed as a whole. */
  readonly data: unknown;
  readonly errors: readonly OperationError[];
}

/** Executes one of the fixed operations for the caller of a request. Each call counts as an operation of that caller. */
export type Ask = (text: string, variables: Readonly<Record<string, unknown>>) => Promise<OperationResult>;

/** What tools work with. */
export interface ToolServices {
  readonly ask: Ask;
  /** Maximum length of a page that the gateway gives. */
  readonly maxFirst: number;
}

/** A tool: what assistants are told of it, and what it does. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** @throws {ToolError} */
  readonly run: (input: z.output<Input>, services: ToolServices) => Promise<z.input<Output>>;
}

/** Maximum length of an error's message, in characters. Longer ones are cut: they can repeat what was sent. */
const MAX_MESSAGE = 2_000;

/** A tool cannot answer. Code and message are those of the API. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(shortened(message, MAX_MESSAGE));
  }
}

/**
 * A field at the top of what an operation has given.
 *
 * @throws {ToolError} with the first error of the operation if the field is null
 */
export function fieldOf<T>({ data, errors }: OperationResult, field: string): NonNullable<T> {
  const found = (data as Readonly<Record<string, T>> | null)?.[field] ?? null;
  if (found !== null) return found;
  const [first] = errors;
  if (first !== undefined) throw new ToolError(first.code, first.message);
  throw new ToolError(
    'NOT_FOUND',
    'There is no such customer or destination, or this caller may not see it; list_destinations says which there are.',
  );
}

/** The first error at a place of the data or in it; `null`: there is none. */
export function problemAt(
  { errors }: OperationResult,
  ...place: readonly (string | number)[]
): ToolProblem | null {
  const error = errors.find(({ path }) => place.every((step, index) => path[index] === step));
  return error === undefined ? null : { code: error.code, message: error.message };
}

/** Makes sure that input and output of a tool fit its schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
