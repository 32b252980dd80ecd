import { describe, expect, it } from 'vitest';
import { HabitMemory, omissions } from '../../src/audience-manager/listing-habits.js';

const REFUSING = { without: ['sortBy'], hasSlash: true } as const;
const DOCUMENTED = { without: [], hasSlash: false };

describe('the memory of how servers want to be asked', () => {
  it('says for an unknown destination what the documentation says', () => {
    expect(new HabitMemory().get('acme 314')).toEqual(DOCUMENTED);
  });

  it('holds 10,000 destinations, those that were asked for last', () => {
    const memory = new HabitMemory();
    for (let id = 0; id < 10_000; id++) memory.set(String(id), REFUSING);
    expect(memory.get('0')).toEqual(REFUSING);
    memory.set('one more', REFUSING);
    expect(memory.get('0')).toEqual(REFUSING);
    expect(memory.get('1')).toEqual(DOCUMENTED);
    expect(memory.get('2')).toEqual(REFUSING);
    expect(memory.get('one more')).toEqual(REFUSING);
  });
});

describe('what is left out after a refusal', () => {
  it.each([
    [['sortBy', 'includeDeletedEntities'], '', [['sortBy'], ['includeDeletedEntities'], 'both']],
    [
      ['sortBy', 'includeDeletedEntities'],
      'includeDeletedEntities is not known',
      [['includeDeletedEntities'], ['sortBy'], 'both'],
    ],
    [['includeDeletedEntities'], 'sortBy?', [['includeDeletedEntities']]],
    [[], '', []],
  ] as const)('of %j, for the reason %j', (used, reason, expected) => {
    expect(omissions(used, reason)).toEqual(expected.map((each) => (each === 'both' ? used : each)));
  });
});
