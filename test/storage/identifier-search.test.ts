import { expect, it } from 'vitest';
import type { IdentifierType } from '../../src/segments/index.js';
import type { DestinationKey, IdentifierRequest, Storage } from '../../src/storage/index.js';
import { change, describeEngines, KEY, segment } from './support.js';

const OTHER = { customerId: 'acme', destinationId: '315' };
const HIDDEN = { customerId: 'globex', destinationId: '314' };
const NONE = { ids: [], texts: [], values: [], separators: [], keys: [], limit: 100 };

/** A destination in which texts are looked for as these kinds. Default: sids and aliases. */
const as = (key: DestinationKey, ...types: IdentifierType[]) => ({
  ...key,
  types: types.length === 0 ? (['SID', 'ALIAS'] as const) : types,
});

/** The beginning of a long identifier, as long as what is indexed. */
const LONG = '🛒'.repeat(64);

describeEngines('segments by their identifiers', (create) => {
  async function stored(): Promise<Storage> {
    const storage = await (await create()).open();
    const segments = [
      segment('1', { sid: '80920', alias: '80920' }),
      segment('2', { sid: '80921', alias: 'cart' }),
      segment('3', { alias: 'cart', value: '7' }),
      segment('4', { sid: 'a\u0000b' }),
      segment('sid:999', { sid: '999', source: 'MANUAL' }),
      segment('5', { alias: `${LONG} one` }),
      segment('6', { alias: `${LONG} two` }),
      segment('7', { url: 'https://ads.example/7' }),
    ];
    await storage.write(KEY, 0, change({ upserts: segments, state: { asOf: 12 } }));
    await storage.write(OTHER, 0, change({ upserts: [segment('1', { sid: '80920' })] }));
    await storage.write(
      HIDDEN,
      0,
      change({ upserts: [segment('8', { sid: '80920', secureUrl: 'https://x/' })] }),
    );
    return storage;
  }

  const idsIn = async (
    storage: Storage,
    request: Partial<IdentifierRequest>,
    ...destinations: DestinationKey[]
  ): Promise<string[]> => {
    const searched = destinations.map((key) => ('types' in key ? as(key, ...(key.types as [])) : as(key)));
    const { segments } = await storage.findByIdentifiers({ ...NONE, ...request, destinations: searched });
    return segments.map(({ id, destinationId }) => `${destinationId}/${id}`).sort();
  };

  it('are those of the destinations that are asked for, with all their fields', async () => {
    const storage = await stored();
    const { segments, isCut } = await storage.findByIdentifiers({
      ...NONE,
      destinations: [as(KEY)],
      texts: ['80920'],
    });
    expect(isCut).toBe(false);
    expect(segments).toEqual([{ ...segment('1', { sid: '80920', alias: '80920' }), ...KEY, asOf: 12 }]);
    expect(await idsIn(storage, { texts: ['80920'] }, KEY, OTHER)).toEqual(['314/1', '315/1']);
    expect(await idsIn(storage, { texts: ['80920'] }, HIDDEN)).toEqual(['314/8']);
    expect(await idsIn(storage, { texts: ['80920'] })).toEqual([]);
    const unknown = { customerId: 'acme', destinationId: 'nowhere' };
    expect(await idsIn(storage, { texts: ['80920'] }, unknown)).toEqual([]);
  });

  it('are found by each kind of identifier, each once', async () => {
    const storage = await stored();
    expect(await idsIn(storage, { ids: ['2', 'sid:999', 'cart'] }, KEY)).toEqual(['314/2', '314/sid:999']);
    expect(await idsIn(storage, { texts: ['cart', '80921', '999'] }, KEY)).toEqual([
      '314/2',
      '314/3',
      '314/sid:999',
    ]);
    expect(await idsIn(storage, { texts: ['7'] }, as(KEY, 'VALUE'))).toEqual(['314/3']);
    expect(await idsIn(storage, { ids: ['3'], texts: ['cart', '7'] }, as(KEY, 'ALIAS', 'VALUE'))).toEqual([
      '314/2',
      '314/3',
    ]);
    expect(await idsIn(storage, { ids: ['80920'], texts: ['none'] }, KEY)).toEqual([]);
    // The case counts.
    expect(await idsIn(storage, { texts: ['Cart'] }, KEY)).toEqual([]);
  });

  it('are found by texts only as what the destination sends', async () => {
    const storage = await stored();
    const request = { texts: ['80920', 'cart', '7'] };
    expect(await idsIn(storage, request, as(KEY, 'VALUE'))).toEqual(['314/3']);
    expect(await idsIn(storage, request, as(KEY, 'SID'))).toEqual(['314/1']);
    // An alias that equals the sid is found, too, where only aliases are sent.
    expect(await idsIn(storage, request, as(KEY, 'ALIAS'))).toEqual(['314/1', '314/2', '314/3']);
    expect(await idsIn(storage, request, as(KEY, 'MAPPING_ID', 'URL'))).toEqual([]);
    expect(await idsIn(storage, request, as(KEY, 'VALUE'), as(OTHER, 'SID'))).toEqual(['314/3', '315/1']);
  });

  it('are found by key and value together', async () => {
    const storage = await (await create()).open();
    const long = 'v'.repeat(100);
    const segments = [
      segment('1', { alias: 'color', value: '7' }),
      segment('2', { alias: 'size', value: '7' }),
      segment('3', { value: '7' }),
      segment('4', { alias: 'a=b', value: 'c' }),
      segment('5', { alias: 'color', value: `${long}1` }),
      segment('6', { alias: 'color', value: `${long}2` }),
    ];
    await storage.write(KEY, 0, change({ upserts: segments }));
    const find = (request: Partial<IdentifierRequest>): Promise<string[]> =>
      idsIn(storage, { separators: ['=', ':'], keys: ['k='], ...request }, as(KEY, 'KEY_VALUE'));
    expect(await find({ texts: ['color=7'], values: ['7'] })).toEqual(['314/1']);
    expect(await find({ texts: ['size:7'], values: ['7'] })).toEqual(['314/2']);
    expect(await find({ texts: ['k=7', 'other=7'], values: ['7'] })).toEqual(['314/3']);
    expect(await find({ texts: ['a=b=c'], values: ['b=c', 'c'] })).toEqual(['314/4']);
    expect(await find({ texts: [`color=${long}2`], values: [long] })).toEqual(['314/6']);
    expect(await idsIn(storage, { texts: ['color=7'], values: ['7'], separators: ['='] }, KEY)).toEqual([]);
  });

  it('are found among any number of identifiers and destinations, and the database goes on working', async () => {
    const storage = await stored();
    const many = Array.from({ length: 70_000 }, (_, index) => `no ${index}`);
    const nowhere = many.map((destinationId) => ({ customerId: 'acme', destinationId }));
    const request = {
      ids: [...many, '2'],
      texts: [...many, 'cart'],
      values: many,
      separators: many.slice(0, 5),
    };
    expect(await idsIn(storage, request, as(KEY, 'ALIAS'), ...nowhere)).toEqual(['314/2', '314/3']);
    expect(await storage.destinationsWithAddresses([KEY, ...nowhere])).toEqual([KEY]);
    expect(await storage.ping()).toBe(true);
  });

  it('are found by texts that are stored in another form, and by long ones', async () => {
    const storage = await stored();
    expect(await idsIn(storage, { texts: ['ab'] }, KEY)).toEqual(['314/4']);
    expect(await idsIn(storage, { texts: ['a\u0000b'] }, KEY)).toEqual(['314/4']);
    // Others begin alike.
    expect(await idsIn(storage, { texts: [`${LONG} one`] }, KEY)).toEqual(['314/5']);
    expect(await idsIn(storage, { texts: [LONG.slice(2)] }, KEY)).toEqual([]);
  });

  it('are no more than asked for, and it is said that there are more', async () => {
    const storage = await stored();
    const request = { ...NONE, destinations: [as(KEY)], texts: ['80920', 'cart'] };
    expect(await storage.findByIdentifiers({ ...request, limit: 3 })).toMatchObject({ isCut: false });
    const cut = await storage.findByIdentifiers({ ...request, limit: 2 });
    expect(cut.isCut).toBe(true);
    expect(cut.segments).toHaveLength(2);
  });

  it('names the destinations that have addresses', async () => {
    const storage = await stored();
    expect(await storage.destinationsWithAddresses([KEY, OTHER])).toEqual([KEY]);
    expect(await storage.destinationsWithAddresses([HIDDEN])).toEqual([HIDDEN]);
    expect(await storage.destinationsWithAddresses([])).toEqual([]);
  });
});
