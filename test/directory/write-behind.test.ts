import { describe, expect, it } from 'vitest';
import {
  SECOND,
  acme,
  allNames,
  destination,
  hold,
  mappings,
  startDirectory,
  until,
  type Gate,
  type TestDirectory,
} from '../support/directory.js';

/** Destinations 1 and 2 are known and stored; 3 has been read, and waits, as somebody still waits for 4. */
async function startWaiting(): Promise<TestDirectory & { readonly gate: Gate }> {
  const test = await startDirectory({
    customers: [
      acme(
        destination(1, mappings('Apple', 'Fig')),
        destination(2, mappings('Cherry')),
        destination(3, mappings('Banana', 'Elder', 'Grape')),
        destination(4, mappings('Date')),
      ),
    ],
  });
  for (const id of ['1', '2']) {
    await test.destination('acme', id).snapshot();
    await until(() => test.destination('acme', id).isSaved);
  }
  const gate = hold(test.simulator, { destinationId: 4 });
  const waiting = test.destination('acme', '4').snapshot();
  waiting.catch(() => undefined);
  await gate.arrival;
  await test.destination('acme', '3').snapshot();
  return { ...test, gate };
}

describe('what was read for the first time', () => {
  it('answers before it is stored, and is stored when nobody waits for a first reading', async () => {
    const { destination: at, names, simulator, gate } = await startWaiting();
    const three = at('acme', '3');
    expect(three.isSaved).toBe(false);
    expect(await names(three, '1', '2', '3')).toEqual(['Banana', 'Elder', 'Grape']);
    expect(three.sync()).toMatchObject({ status: 'FRESH', segmentCount: 3 });
    gate.open();
    await until(() => three.isSaved && at('acme', '4').isSaved);
    expect(three.held()?.generation).toBe(1);
    expect(simulator.listings()).toBe(4);
  });

  it('is stored after 30 seconds even if somebody still waits', async () => {
    const { destination: at, clock } = await startWaiting();
    clock.advance(29 * SECOND);
    expect(at('acme', '3').isSaved).toBe(false);
    clock.advance(SECOND);
    await until(() => at('acme', '3').isSaved);
  });

  it('is found among all that is stored', async () => {
    const { directory, destination: at } = await startWaiting();
    const all = ['1', '2', '3'].map((id) => at('acme', id));
    const found: (string | null)[] = [];
    let after = null;
    for (let count = 0; count < 6; count += 2) {
      const page = await directory.search(all, {}, 2, after);
      expect(page).toMatchObject({ totalCount: 6, hasPreviousPage: count > 0, hasNextPage: count < 4 });
      const last = page.items.at(-1)!;
      found.push(...page.items.map(({ segment }) => segment.name));
      const { segment, destination: from } = last;
      after = { name: segment.name, id: segment.id, customerId: 'acme', destinationId: from.id };
    }
    expect(found).toEqual(['Apple', 'Banana', 'Cherry', 'Elder', 'Fig', 'Grape']);
    const { items } = await directory.search(all, { text: 'elder' }, 9, null);
    expect(items).toMatchObject([{ segment: { name: 'Elder' }, asOf: at('acme', '3').asOf }]);
    expect(at('acme', '3').isSaved).toBe(false);
  });

  it('is stored at once when its history is asked for', async () => {
    const { destination: at } = await startWaiting();
    const request = { segmentId: null, since: null, first: 10, before: null };
    const { revisions } = await at('acme', '3').revisions(request);
    expect(revisions.map(({ kind, name }) => [kind, name])).toEqual(
      expect.arrayContaining(['Banana', 'Elder', 'Grape'].map((name) => ['CREATED', name])),
    );
    expect(at('acme', '3').isSaved).toBe(true);
  });

  it('is stored before a later listing is, so that its history has no gap', async () => {
    const { destination: at, simulator } = await startWaiting();
    simulator.destination('acme', 3).mappings[0]!.name = 'Zucchini';
    expect(allNames(await at('acme', '3').refresh('request'))).toEqual(['Elder', 'Grape', 'Zucchini']);
    const request = { segmentId: '1', since: null, first: 10, before: null };
    const { revisions } = await at('acme', '3').revisions(request);
    expect(revisions.map(({ kind, name }) => [kind, name])).toEqual([
      ['RENAMED', 'Zucchini'],
      ['CREATED', 'Banana'],
    ]);
  });

  it('is stored when the directory stops', async () => {
    const { destination: at, directory } = await startWaiting();
    const three = at('acme', '3');
    await directory.stop();
    expect(three.isSaved).toBe(true);
  });

  it('is stored before it answers where no more may wait', async () => {
    const { destination: at, simulator } = await startDirectory({
      customers: [acme(destination(1, mappings('Apple')), destination(2, mappings('Cherry')))],
      maxMemoryBytes: 1,
    });
    const gate = hold(simulator, { destinationId: 2 });
    at('acme', '2')
      .snapshot()
      .catch(() => undefined);
    await gate.arrival;
    expect(allNames(await at('acme', '1').snapshot())).toEqual(['Apple']);
    expect(at('acme', '1').isSaved).toBe(true);
  });
});
