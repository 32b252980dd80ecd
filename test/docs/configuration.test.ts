import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';

/** What these tests look at of a zod schema: which kind it is, and the schemas inside. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly in?: Schema;
  readonly out?: Schema;
  readonly options?: readonly Schema[];
}

interface Schema {
  readonly def: Definition;
}

/** Written in two ways, so their schema is a function that shows no keys. */
const HIDDEN_KEYS = [
  'access.trustedDocuments.file',
  'access.trustedDocuments.only',
  ...['id', 'name', 'type', 'segmentIdType', 'format'].flatMap((key) => [
    `customers[].destinations[].${key}`,
    `customers[].destinations.overrides[].${key}`,
  ]),
  'customers[].destinations.discover',
  'customers[].destinations.segmentIdType',
  'customers[].destinations.format',
  ...['ids', 'names', 'types'].flatMap((key) => [
    `customers[].destinations.include.${key}[]`,
    `customers[].destinations.exclude.${key}[]`,
  ]),
];

/** The paths of all keys that hold a value, such as `customers[].destinations[].id`. */
function* keysOf({ def }: Schema, path = ''): Generator<string> {
  const inner = [def.innerType, def.in, def.out, ...(def.options ?? [])].filter((each) => each !== undefined);
  if (def.shape !== undefined) {
    for (const [key, schema] of Object.entries(def.shape))
      yield* keysOf(schema, path === '' ? key : `${path}.${key}`);
  } else if (def.element !== undefined) {
    const below = [...keysOf(def.element, `${path}[]`)];
    // A list of words is one value.
    yield* below.some((key) => key.startsWith(`${path}[].`)) ? below : [path];
  } else if (inner.length > 0) {
    for (const schema of inner) yield* keysOf(schema, path);
  } else yield path;
}

/** Without what is a section by itself: zod shows it as one value too. */
function leavesOf(keys: ReadonlySet<string>): string[] {
  const all = [...keys];
  return all.filter(
    (key) => !all.some((other) => other.startsWith(`${key}.`) || other.startsWith(`${key}[`)),
  );
}

const schema = configSchema({ insecure: false, readerOf: () => () => '' }) as unknown as Schema;
const KEYS = leavesOf(new Set([...keysOf(schema), ...HIDDEN_KEYS])).sort();

const PAGE = readFileSync('docs/configuration.md', 'utf8');
const EXAMPLE = readFileSync('gateway.example.yaml', 'utf8');

describe('docs/configuration.md', () => {
  const documented = [...PAGE.matchAll(/^\| `(include|[a-zA-Z]+(?:\[\])?\.[\w.[\]]+)` +\|/gm)].map(
    ([, key = '']) => key,
  );

  it('has a line for every configuration key, and for no other', () => {
    expect(KEYS.length).toBeGreaterThan(60);
    expect([...documented].sort()).toEqual(KEYS);
  });
});

describe('gateway.example.yaml', () => {
  it('shows every configuration key, if only in a comment', () => {
    const missing = KEYS.filter((key) => {
      const last = key.replaceAll('[]', '').split('.').at(-1) ?? '';
      return !new RegExp(`(^|[\\s{#(])${last}: `, 'm').test(EXAMPLE) && !EXAMPLE.includes(`or ${last}: `);
    });
    expect(missing).toEqual([]);
  });
});
