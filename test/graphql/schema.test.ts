import { readFileSync } from 'node:fs';
import {
  buildSchema,
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
  validateSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import { schemaSdl } from '../../src/graphql/subgraph-sdl.js';
import { ID } from '../../src/graphql/types/id.js';

const HEADER = '# Printed from the classes in src/graphql. After a change of these: `npm run schema`.\n\n';

describe('the schema', () => {
  const schema = createSchema();

  it('is the one in schema.graphql', async () => {
    await expect(`${HEADER}${schemaSdl(schema)}`).toMatchFileSnapshot('../../schema.graphql');
  });

  it('is a valid schema', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('prints no scalar ID, because it is the built-in one for every client', () => {
    expect(printSchema(schema)).not.toContain('scalar ID');
    expect(schema.getType('ID')).toBe(ID);
  });

  it('keeps everything that clients were promised', () => {
    const promised = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));
    expect(findBreakingChanges(promised, schema)).toEqual([]);
    // The other way round, an argument that became optional or nullable is a difference too.
    const differences = findBreakingChanges(schema, promised).filter(
      ({ description }) => !/was removed|removed from/.test(description),
    );
    expect(differences).toEqual([]);
  });

  it('describes every type, field, argument and enum value', () => {
    const bare: string[] = [];
    const check = (name: string, element: { description?: string | null | undefined }): void => {
      if (
        element.description === null ||
        element.description === undefined ||
        element.description.trim() === ''
      ) {
        bare.push(name);
      }
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
      if (type !== schema.getQueryType() && type !== schema.getMutationType()) check(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
      }
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          check(`${type.name}.${field.name}`, field);
          for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg);
        }
      }
    }
    expect(bare).toEqual([]);
  });
});
