import { dirname, resolve } from 'node:path';
import { escapeInvisible } from './message-format.js';
import { UnreadableFileError, readTextSync } from './text-files.js';

/** Maximum size of a file with one value, in bytes. */
const MAX_VALUE_FILE_BYTES = 64 * 1024;

/** A value with its references replaced. */
interface Resolved {
  readonly text: string;
  /** Whether the value contained a reference. Such values are never shown, because they may be secrets. */
  readonly hasReference: boolean;
  /** Messages for the references that could not be resolved. They name the variable or file. */
  readonly errors: readonly string[];
}

/** Replaces the references in one value. */
export type Resolver = (text: string) => Resolved;

/**
 * Creates a resolver of `${env:NAME}` and `${file:PATH}`. Relative paths start at the folder of `configFile`.
 * Inserted values are not searched for references again.
 */
export function createResolver(configFile: string, env: NodeJS.ProcessEnv): Resolver {
  const folder = dirname(resolve(configFile));
  return (text) => {
    if (!text.includes('${')) return { text, hasReference: false, errors: [] };
    const errors: string[] = [];
    let hasReference = false;
    const replaced = text.replaceAll(/\$\{([^}]*)(\}|$)/g, (whole, reference: string, end: string) => {
      const [, kind, name] = /^(env|file):(.*)$/s.exec(reference) ?? [];
      if (end === '' && kind === undefined) return whole;
      hasReference = true;
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
    return { text: replaced, hasReference, errors };
  };

  function lookUp(kind: string | undefined, name: string): LookUpResult | undefined {
    if (kind === 'env' && /^[A-Za-z_]\w*$/.test(name)) return fromEnvironment(name, env);
    if (kind === 'file' && name !== '') return fromFile(name, folder);
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

function fromFile(name: string, folder: string): LookUpResult {
  const path = resolve(folder, name);
  try {
    // Editors and `echo` end a file with a line break that is not part of the value.
    const value = readTextSync(path, MAX_VALUE_FILE_BYTES).replace(/\r?\n$/, '');
    if (value === '') return { error: `the file ${escapeInvisible(path)} is empty; put the value into it` };
    return { value };
  } catch (error) {
    const reason = error instanceof UnreadableFileError ? error.message : 'cannot be read';
    return {
      error: `the file ${escapeInvisible(path)} ${reason}; \${file:PATH} needs a text file with the value`,
    };
  }
}
