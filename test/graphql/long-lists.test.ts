import { setImmediate } from 'node:timers/promises';
import { GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { LongLists } from '../../src/graphql/request/long-lists.js';

const MANY = Array.from({ length: 1_000 }, (_, index) => index);

function listsOf(controller = new AbortController()): LongLists {
  return new LongLists(controller);
}

/** Executes `{ all { value } }` over a list. */
async function executed(
  all: readonly (number | Promise<number>)[],
  onItem: (value: number) => void = () => undefined,
) {
  const item = new GraphQLObjectType<number>({
    name: 'Item',
    fields: {
      value: {
        type: GraphQLInt,
        resolve: (value) => {
          onItem(value);
          return value;
        },
      },
    },
  });
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: { all: { type: new GraphQLList(item), resolve: () => all } },
  });
  return await execute({ schema: new GraphQLSchema({ query }), document: parse('{ all { value } }') });
}

/** Counts the turns of the event loop until something is done. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  const isDone = { value: false };
  void done.finally(() => {
    isDone.value = true;
  });
  let turns = 0;
  for (; !isDone.value; turns++) await setImmediate();
  return turns;
}

function busyFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('a list', () => {
  it('that is short is executed at once', async () => {
    const short = MANY.slice(0, 250);
    expect(listsOf().spread(short)).toBe(short);
    expect(await turnsUntil(executed(listsOf().spread(short)))).toBe(1);
  });

  it('that is long is executed completely and in order, with turns for others in between', async () => {
    const seen: number[] = [];
    const answer = executed(listsOf().spread(MANY), (value) => {
      seen.push(value);
      busyFor(0.2);
    });
    // 200 ms of work in turns of 5 ms; far fewer turns would mean that others wait for long.
    expect(await turnsUntil(answer)).toBeGreaterThan(20);
    expect((await answer).data).toMatchObject({ all: MANY.map((value) => ({ value })) });
    expect(seen).toEqual(MANY);
  });

  it('counts for others of the same request: many short ones are executed in turns as well', async () => {
    const lists = listsOf();
    expect(lists.spread(MANY.slice(0, 200))).toHaveLength(200);
    const next = lists.spread(MANY.slice(0, 200));
    expect(next[0]).toBeInstanceOf(Promise);
    expect(await Promise.all(next as Promise<number>[])).toEqual(MANY.slice(0, 200));
  });

  it('whose request has ended is not executed to the end', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const { data, errors } = await executed(listsOf(controller).spread(MANY), (value) => {
      seen.push(value);
      if (value === 10) controller.abort(new Error('The client is gone.'));
    });
    expect(seen.length).toBeLessThan(20);
    expect(errors).toHaveLength(MANY.length - seen.length);
    expect(errors?.[0]).toMatchObject({ message: 'The client is gone.', path: ['all', seen.length] });
    expect((data as { all: unknown[] }).all.at(-1)).toBeNull();
  });

  it('keeps errors and nulls where they are', async () => {
    const mistake = new Error('no such item');
    const items = MANY.map((value) => (value === 500 ? mistake : value === 501 ? null : value));
    const { data, errors } = await executed(listsOf().spread(items as number[]));
    expect(errors?.map(({ message, path }) => [message, path])).toEqual([['no such item', ['all', 500]]]);
    const { all } = data as { all: unknown[] };
    expect([all[499], all[500], all[501], all[502]]).toEqual([{ value: 499 }, null, null, { value: 502 }]);
  });
});

describe('fields of list items that wait', () => {
  it('have no effect on `settled`, which tells when all of them are waiting', async () => {
    const lists = listsOf();
    let asked = 0;
    const answer = new Promise<void>(() => undefined);
    for (const item of lists.spread(MANY)) {
      void Promise.resolve(item).then(() => {
        asked += 1;
        void lists.waitingFor(answer);
      });
    }
    expect(lists.hasItems).toBe(true);
    await lists.settled();
    expect(asked).toBe(MANY.length);
    expect(lists.hasItems).toBe(false);
  });

  it('hold up further items when they are very many, until all of them have what they wait for', async () => {
    const lists = listsOf();
    const items = Array.from({ length: 25_000 }, (_, index) => index);
    let asked = 0;
    let finished = false;
    let answer = (): void => undefined;
    let waiting = new Promise<void>((resolve) => {
      answer = resolve;
    });
    for (const item of lists.spread(items)) {
      void Promise.resolve(item).then(async () => {
        asked += 1;
        await lists.waitingFor(waiting);
      });
    }
    void lists.finished().then(() => {
      finished = true;
    });
    const asking: [number, boolean][] = [];
    while (asked < items.length) {
      await lists.settled();
      asking.push([asked, finished]);
      const give = answer;
      waiting = new Promise((resolve) => {
        answer = resolve;
      });
      give();
      await setImmediate();
    }
    expect(asking.slice(0, 2)).toEqual([
      [10_000, false],
      [20_000, false],
    ]);
    await lists.finished();
    expect(asked).toBe(items.length);
  });
});
