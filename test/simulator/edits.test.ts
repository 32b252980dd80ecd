import { describe, expect, it } from 'vitest';
import { asAcme, json, startSimulator, type Get, type PageBody } from './support.js';

const MAPPINGS = '/destinations/314/mappings';
const FIRST = 14395;

async function page(get: Get, number: number): Promise<(string | null)[]> {
  const query = `page=${number}&pageSize=6&sortBy=destinationMappingId&includeDeletedEntities=true`;
  const { list } = await json<PageBody>(get(`${MAPPINGS}?${query}`));
  return list.map(({ elementName }) => elementName as string | null);
}

describe('edits of a destination', () => {
  it('are seen by the next response: other fields, new mappings, mappings that are gone', async () => {
    const simulator = await startSimulator({ now: () => 1_790_000_000_000 });
    const get = await asAcme(simulator);
    simulator.edit(
      'acme',
      314,
      { change: FIRST, fields: { name: 'Renamed', status: 'deleted' } },
      { add: { mappingId: 1, sid: 2, name: 'New' } },
      { remove: FIRST + 1 },
    );
    const list = await json<Record<string, unknown>[]>(get(`${MAPPINGS}?includeDeletedEntities=true`));
    expect(list).toHaveLength(12);
    expect(list[0]).toMatchObject({
      destinationMappingId: FIRST,
      sid: 80920,
      elementName: 'Renamed',
      elementStatus: 'deleted',
      updateTime: 1_790_000_000_000,
    });
    expect(list.at(-1)).toMatchObject({ destinationMappingId: 1, elementName: 'New' });
    expect(list.map(({ destinationMappingId }) => destinationMappingId)).not.toContain(FIRST + 1);
  });

  it('fall between two pages of a listing, and each call says after how many edits it was computed', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    simulator.resetCalls();
    expect((await page(get, 0))[0]).toBe('Segment L');
    const first = { change: FIRST, fields: { name: 'First' } };
    const last = { change: FIRST + 11, fields: { name: 'Last' } };
    expect(simulator.edit('acme', 314, first, last)).toBe(1);
    expect((await page(get, 1)).at(-1)).toBe('Last');
    expect(simulator.edit('acme', 314, { change: FIRST, fields: { name: 'Again' } })).toBe(2);
    expect((await page(get, 0))[0]).toBe('Again');
    await get('/destinations/315/mappings');
    expect(simulator.calls.map(({ edits }) => edits)).toEqual([0, 1, 2, 0]);
  });

  it.each([
    ['an unknown mapping is changed', { change: 1, fields: {} }, 'There is no simulated mapping 1'],
    ['an unknown mapping is removed', { remove: 1 }, 'There is no simulated mapping 1'],
    ['an ID is added twice', { add: { mappingId: FIRST } }, `There is a simulated mapping ${FIRST} already`],
  ])('change nothing at all if %s', async (_what, edit, message) => {
    const simulator = await startSimulator();
    const before = structuredClone(simulator.destination('acme', 314));
    expect(() => simulator.edit('acme', 314, { remove: FIRST + 5 }, edit)).toThrow(message);
    expect(simulator.destination('acme', 314)).toEqual(before);
    expect(simulator.edit('acme', 314)).toBe(1);
  });
});
