import { dirname, resolve } from 'node:path';
import { FileFault, readTextSync } from './files.js';
import { printable } from './printing.js';

const MAX_SECRET_BYTES = 64 * 1024;

/** A value with its references replaced. */
export interface Resolved {
  readonly text: string;
  /** Whether any of it came from elsewhere, and so must never be shown. */
  readonly referenced: boolean;
  /** Why references could not be followed, naming the variable or file. */
  readonly faults: readonly string[];
}

/** Replaces the references in one value. */
export type Resolver = (text: string) => Resolved;

/**
 * Follows `${env:NAME}` and `${file:PATH}`, PATH relative to the folder of `configFile`. What they bring
 * in is taken literally: it is not searched for references again.
 */
export function createResolver(configFile: string, env: NodeJS.ProcessEnv): Resolver {
  const folder = dirname(resolve(configFile));
  return (text) => {
    if (!text.includes('${')) return { text, referenced: false, faults: [] };
    const faults: string[] = [];
    let referenced = false;
    const replaced = text.replaceAll(/\$\{([^}]*)(\}|$)/g, (whole, reference: string, end: string) => {
      const [, kind, name] = /^(env|file):(.*)$/s.exec(reference) ?? [];
      if (end === '' && kind === undefined) return whole;
      referenced = true;
      const found = end === '' ? undefined : follow(kind, name ?? '');
      if (found === undefined) {
        // What stands there is not repeated: it may be a password that merely looks like a reference.
        faults.push(
          'holds a ${…} that is neither ${env:NAME} nor ${file:PATH}; correct it, ' +
            'or keep a value that contains ${ in a file and point ${file:PATH} to it',
        );
        return '';
      }
      if ('fault' in found) {
        faults.push(found.fault);
        return '';
      }
      return found.value;
    });
    return { text: replaced, referenced, faults };
  };

  function follow(kind: string | undefined, name: string): Followed | undefined {
    if (kind === 'env' && /^[A-Za-z_]\w*$/.test(name)) return fromEnvironment(name, env);
    if (kind === 'file' && name !== '') return fromFile(name, folder);
    return undefined;
  }
}

type Followed = { readonly value: string } | { readonly fault: string };

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): Followed {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined)
    return { fault: `the environment variable ${name} is not set; set it before starting` };
  if (value === '') return { fault: `the environment variable ${name} is empty; give it a value` };
  return { value };
}

function fromFile(name: string, folder: string): Followed {
  const path = resolve(folder, name);
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    const value = readTextSync(path, MAX_SECRET_BYTES).replace(/\r?\n$/, '');
    if (value === '') return { fault: `the file ${printable(path)} is empty; put the value into it` };
    return { value };
  } catch (error) {
    const reason = error instanceof FileFault ? error.message : 'cannot be read';
    return { fault: `the file ${printable(path)} ${reason}; \${file:PATH} needs a text file with the value` };
  }
}
