import { keyHeaders } from '../app/key.js';
import { texts } from './texts.js';
import { troubleOfCaller, troubleOfSchema, wordsOf, type Answer, type Trouble } from './trouble.js';

/** An operation as GraphiQL hands it over. */
interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: unknown;
}

/** The name of the operation with which GraphiQL asks for the schema. */
export const SCHEMA_OPERATION = 'IntrospectionQuery';

/** Matches what a header can hold. Browsers refuse to send anything else, and no gateway has such a key. */
const SENDABLE = /^[\x20-\x7e]+$/;

/** Stands for the answer to a key that cannot be sent. */
const KEY_REFUSED: Answer = { status: 401, retryAfter: null, body: bodyOf(texts.key.rejected) };

/** Stands for the answer of a gateway that does not answer. */
const NO_ANSWER: Answer = { status: 0, retryAfter: null, body: undefined };

/**
 * Creates the function with which GraphiQL sends operations to the gateway.
 *
 * @param key the caller's key; `null`: none
 * @param report called with what went wrong; with `null` when the gateway has given its schema
 */
export function createFetcher(key: string | null, report: (trouble: Trouble | null) => void) {
  return async (operation: Operation): Promise<object> => {
    const answer = await send(operation, key);
    const hasKey = key !== null;
    if (operation.operationName === SCHEMA_OPERATION) {
      const trouble = troubleOfSchema(answer, hasKey);
      report(trouble);
      // Without an error, GraphiQL would ask once more, with an operation for older servers.
      if (trouble !== null) throw new Error(wordsOf(trouble));
    } else {
      const trouble = troubleOfCaller(answer, hasKey);
      // Anything else is shown as the result.
      if (trouble?.kind === 'key') report(trouble);
    }
    return typeof answer.body === 'object' && answer.body !== null ? answer.body : bodyOf(texts.unreachable);
  };
}

async function send({ query, operationName, variables }: Operation, key: string | null): Promise<Answer> {
  if (key !== null && !SENDABLE.test(key)) return KEY_REFUSED;
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        'content-type': 'application/json',
        ...(key === null ? {} : keyHeaders(key)),
      },
      body: JSON.stringify({ query, operationName, variables }),
      cache: 'no-store',
      redirect: 'error',
    });
    const body = (await response.json().catch(() => undefined)) as unknown;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
  } catch {
    return NO_ANSWER;
  }
}

function bodyOf(message: string): object {
  return { errors: [{ message }] };
}
