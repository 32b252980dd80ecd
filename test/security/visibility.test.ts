import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresDatabase, postgresServer } from '../storage/support.js';
import { CALLERS, EVERYBODY, TENANTS, foreignMarkers, keyOf, type AnyCaller } from './callers.js';
import { get, post, requestsOf, type RandomRequest } from './random-requests.js';
import { OPERATOR, type Realm, type TestRequest, type TestResponse } from './realm.js';
import type { Tenant } from './tenants.js';
import { StorageWatch, measure, type Measured } from './work.js';
import { Worlds } from './worlds.js';

/** Other seeds find the same; a failure prints its own. */
const SEED = 20_260_115;

/** Refused with what it would cost at most, which is more the more there is. */
const TOO_MUCH = '{ customers { nodes { destinations { segments(first: 1000) { nodes { id } } } } } }';

/** Found at once where the caller may see them. */
function namesOf({ id }: Tenant): string {
  return `{ segments(customerId: "${id}", destinationId: "314", segmentIds: ["1001", "1002"]) {
    id name customer { name } destination { name }
  } }`;
}

/** A message of Audience Manager. @param search which customer is meant; nothing: whoever the caller may see */
function message(search: string): TestRequest {
  const segments = ['1001', '1002'].map((id) => ({ Segment_ID: id }));
  const body = { AAM_Destination_Id: '314', Users: [{ Segments: segments }] };
  return { method: 'POST', path: `/messages/annotate${search}`, body };
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** An answer without the IDs of imports, which are random. Cursors of imports hold them. */
function withoutImportIds(response: TestResponse): TestResponse {
  const body = response.body.replaceAll(UUID, 'UUID').replaceAll(/WyJ[\w-]+/g, (cursor) => {
    const text = Buffer.from(cursor, 'base64url').toString();
    return new RegExp(UUID).test(text) ? 'CURSOR' : cursor;
  });
  return { ...response, body };
}

/** Who may read the metrics may read how much there is of every customer. */
function mayHoldCounts({ request }: RandomRequest, caller: AnyCaller): boolean {
  return request.path === '/metrics' && caller?.permissions.includes('metrics') === true;
}

/** Cursors of every kind, as those get them who may see what they are of. */
async function cursorsOf(realm: Realm): Promise<string[]> {
  const lists = `{
    customers { edges { cursor } nodes {
      destination(destinationId: "314") { changes(since: "2000-01-01T00:00:00Z") { edges { cursor } } }
    } }
    searchSegments(text: "", first: 200) { edges { cursor } }
  }`;
  const answers = EVERYBODY.map(async ({ key }) => (await realm.send(post(lists), key)).body);
  return [...new Set((await Promise.all(answers)).flatMap((body) => body.match(/WyJ[\w-]+/g) ?? []))];
}

/** How often a question is asked: from the third time on an answer that is at hand may do. */
const TIMES = 3;

/** Sends random requests of these callers, and compares the answers. */
async function expectIsolation(
  worlds: Worlds,
  callers: readonly AnyCaller[],
  runs: number,
  workOf: (measured: Measured) => unknown = ({ work }) => work,
): Promise<void> {
  const storage = new StorageWatch();
  const cursors = await cursorsOf(worlds.whole);
  const asked = fc
    .tuple(fc.constantFrom(...callers), fc.constantFrom(...callers))
    .chain(([caller, other]) =>
      fc.tuple(fc.constant(caller), fc.constant(other), requestsOf(caller, cursors)),
    );
  let withData = 0;

  async function check(caller: AnyCaller, each: RandomRequest, isFirst: boolean): Promise<void> {
    const { request, isMutation } = each;
    const answer = await measure(worlds.whole, storage, request, keyOf(caller));
    if (mayHoldCounts(each, caller)) return;
    expect(foreignMarkers(request, answer.response, caller)).toEqual([]);
    if (foreignMarkers(request, answer.response, null).length > 0) withData += 1;
    const own = worlds.for(caller);
    // What somebody changes has changed for everybody.
    for (const realm of isMutation ? worlds.parts : worlds.parts.filter((part) => part === own)) {
      const there = await measure(realm, storage, request, keyOf(caller));
      if (realm !== own) continue;
      expect(withoutImportIds(answer.response)).toEqual(withoutImportIds(there.response));
      if (isFirst && !isMutation) expect(workOf(answer)).toEqual(workOf(there));
    }
  }

  const messages = ['', `?customer=${TENANTS[0]?.id ?? ''}`].map(message);
  const requests = [...[TOO_MUCH, ...TENANTS.map(namesOf)].map((query) => post(query)), ...messages];
  const examples = callers.flatMap((caller) =>
    requests.map((request): [[AnyCaller, AnyCaller, RandomRequest]] => [
      [caller, OPERATOR, { request, isMutation: false }],
    ]),
  );
  await fc.assert(
    fc.asyncProperty(asked, async ([caller, other, each]) => {
      await check(caller, each, true);
      if (each.isMutation) return;
      for (let time = 1; time < TIMES; time++) await worlds.whole.send(each.request, keyOf(caller));
      await check(other, each, false);
      await check(caller, each, false);
    }),
    {
      seed: SEED,
      numRuns: examples.length + runs,
      examples,
    },
  );
  expect(withData).toBeGreaterThan(runs / 10);
  const { body } = await worlds.whole.send(get('/metrics'), OPERATOR.key);
  expect(body).toMatch(/^aam_gateway_quick_answers_total\{kind="repeated"\} [1-9]/m);
  expect(body).toMatch(/^aam_gateway_quick_answers_total\{kind="segments"\} [1-9]/m);
}

describe('an answer holds nothing of customers that the caller may not see, and is what it were without them', () => {
  it('in SQLite', { timeout: 120_000 }, async () => {
    const callers = [null, ...EVERYBODY];
    // What searches keep in memory depends on who has searched before.
    const worlds = await Worlds.start(callers, () => Promise.resolve({ cache: { maxSearchMemory: '0' } }));
    await expectIsolation(worlds, callers, 200);
  });

  it.skipIf(postgresServer === null)('in PostgreSQL', { timeout: 120_000 }, async () => {
    const callers = CALLERS.filter(({ name }) => name === 'agency' || name === 'reader of three');
    const worlds = await Worlds.start(callers, async () => {
      const { config } = await postgresDatabase();
      return { storage: { postgres: config.engine === 'postgres' ? config.url : '' } };
    });
    await expectIsolation(worlds, callers, 40, ({ work }) => work.calls);
  });
});
