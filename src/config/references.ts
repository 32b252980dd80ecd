import { dirname, resolve } from 'node:path';
import { escapeInvisible } from './message-format.js';
import { UnreadableFileError } from './text-files.js';

/** Maximum size of a file with one value, in bytes. */
const MAX_VALUE_FILE_BYTES = 64 * 1024;

/** A value with its references replaced. */
interface Resolved {
  readonly text: string;
  /** Messages for the references that could not be resolved. They name the variable or file. */
  readonly errors: readonly string[];
}

/** Replaces the references in one value. */
export type Resolver = (text: string) => Resolved;

/** A reference, or what looks like one. */
const REFERENCE = /\$\{([^}]*)(\}|$)/g;

/** Reads a file. @throws UnreadableFileError */
type ReadFile = (path: string, maxBytes: number) => string;

/** Whether a value contains a reference, or what looks like one. Such values are never shown. */
export function hasReference(text: string): boolean {
  if (!text.includes('${')) return false;
  return [...text.matchAll(REFERENCE)].some(([, reference = '', end]) => isReference(reference, end));
}

/** A `${` without its end is plain text, unless it begins like a reference. */
function isReference(reference: string, end: string | undefined): boolean {
  return end !== '' || /^(env|file):/.test(reference);
}

/**
 * Creates a resolver of `${env:NAME}` and `${file:PATH}`. Relative paths start at the folder of `configFile`.
 * Inserted values are not searched for references again.
 */
export function createResolver(configFile: string, env: NodeJS.ProcessEnv, read: ReadFile): Resolver {
  const folder = dirname(resolve(configFile));
  return (text) => {
    if (!text.includes('${')) return { text, errors: [] };
    const errors: string[] = [];
    const replaced = text.replaceAll(REFERENCE, (whole, reference: string, end: string) => {
      if (!isReference(reference, end)) return whole;
      const [, kind, name] = /^(env|file):(.*)$/s.exec(reference) ?? [];
      const found = end === '' ? undefined : lookUp(kind, name ?? '');
      if (found === undefined) {
        // The reference is not shown: it may be a password that merely looks like a reference.
        errors.push(
          'contains a ${…} that is neither ${env:NAME} nor ${file:PATH}; correct it, ' +
            'or put a value that contains ${ into a file and refer to that with ${file:PATH}',
        );
        return '';
      }
      if ('error' in found) {
        errors.push(found.error);
        return '';
      }
      return found.value;
    });
    return { text: replaced, errors };
  };

  function lookUp(kind: string | undefined, name: string): LookUpResult | undefined {
    if (kind === 'env' && /^[A-Za-z_]\w*$/.test(name)) return fromEnvironment(name, env);
    if (kind === 'file' && name !== '') return fromFile(name, folder, read);
    return undefined;
  }
}

type LookUpResult = { readonly value: string } | { readonly error: string };

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): LookUpResult {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) {
    return { error: `the environment variable ${name} is not set; set it before starting` };
  }
  if (value === '') return { error: `the environment variable ${name} is empty; give it a value` };
  return { value };
}

function fromFile(name: string, folder: string, read: ReadFile): LookUpResult {
  const path = resolve(folder, name);
  try {
    // Editors and `echo` end a file with a line break that is not part of the value.
    const value = read(path, MAX_VALUE_FILE_BYTES).replace(/\r?\n$/, '');
    if (value === '') return { error: `the file ${escapeInvisible(path)} is empty; put the value into it` };
    return { value };
  } catch (error) {
    const reason = error instanceof UnreadableFileError ? error.message : 'cannot be read';
    return {
      error: `the file ${escapeInvisible(path)} ${reason}; \${file:PATH} needs a text file with the value`,
    };
  }
}
