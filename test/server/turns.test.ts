import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { FairTurns, type Turn } from '../../src/server/http/fair-turns.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type FurtherConfig } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';
import { signingKey, keySetOf } from '../support/key-provider.js';
import { RawConnection } from '../support/raw-connection.js';

const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const LONG = { query: `${QUERY} # ${'long '.repeat(2_000)}` };
const ACCESS = {
  access: { apiKeys: [entryOf('one-key', 'one', 'all'), entryOf('other-key', 'other', 'all')] },
};

function startGateway(config: FurtherConfig): Promise<TestGateway> {
  return TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))], config });
}

/** Has everything seem to take milliseconds. */
function slowDown({ clock }: TestGateway): void {
  let ms = clock.elapsed();
  vi.spyOn(clock, 'elapsed').mockImplementation(() => (ms += 3));
}

/** Sends long requests at once. @returns whether one of them had to wait until the clock goes on */
async function ask(gateway: TestGateway, headers: Record<string, string>): Promise<'answered' | 'rests'> {
  const answers = Promise.all(Array.from({ length: 20 }, () => gateway.post(LONG, headers)));
  const rest = gateway.clock.timer((ms) => ms < 200);
  const found = await Promise.race([
    answers.then((all) => {
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
      return 'answered' as const;
    }),
    rest.then(() => 'rests' as const),
  ]);
  if (found === 'rests') await goOn(gateway, answers);
  return found;
}

/** Moves the clock until all is answered. */
async function goOn({ clock }: TestGateway, answers: Promise<unknown>): Promise<void> {
  vi.restoreAllMocks();
  const done = new AbortController();
  void answers.catch(() => undefined).then(() => done.abort());
  while (!done.signal.aborted) {
    clock.advance(100);
    await setImmediate();
  }
}

async function warmUp(gateway: TestGateway, headers: Record<string, string>): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) expect((await gateway.post(LONG, headers)).status).toBe(200);
}

describe('a caller that is alone', () => {
  const trustProxy = ['127.0.0.1'];
  it.each<[string, FurtherConfig, Record<string, string>]>([
    ['without access control', {}, {}],
    [
      'without access control, behind a proxy',
      { listen: { trustProxy } },
      { 'x-forwarded-for': '203.0.113.5' },
    ],
    ['with a key', ACCESS, withKey('one-key')],
  ])('never rests: %s', async (_, config, headers) => {
    await using gateway = await startGateway(config);
    await warmUp(gateway, headers);
    slowDown(gateway);
    expect(await ask(gateway, headers)).toBe('answered');
  });

  it('does not rest because of health checks and requests without a valid key', async () => {
    await using gateway = await startGateway(ACCESS);
    await warmUp(gateway, withKey('one-key'));
    slowDown(gateway);
    expect((await gateway.fetch('/readyz')).status).toBe(200);
    expect((await gateway.post(LONG, withKey('wrong-key'))).status).toBe(401);
    expect(await ask(gateway, withKey('one-key'))).toBe('answered');
  });

  it('rests when it is alone no longer', async () => {
    await using gateway = await startGateway(ACCESS);
    await warmUp(gateway, withKey('one-key'));
    slowDown(gateway);
    expect((await gateway.post({ query: QUERY }, withKey('other-key'))).status).toBe(200);
    expect(await ask(gateway, withKey('one-key'))).toBe('rests');
  });
});

describe('a request', () => {
  /** What waits for its turn: how much is held, and how much is to be read. */
  function watchTurns(): (readonly [bytes: number, unread: number])[] {
    const seen: (readonly [number, number])[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- is called with the object that it was called on
    const { wait } = FairTurns.prototype;
    vi.spyOn(FairTurns.prototype, 'wait').mockImplementation(function (this: FairTurns, turn: Turn) {
      seen.push([turn.bytes, turn.unread ?? 0]);
      return wait.call(this, turn);
    });
    return seen;
  }

  it('in chunks may be long until its body has been read', async () => {
    await using gateway = await startGateway(ACCESS);
    const seen = watchTurns();
    using connection = await RawConnection.open(gateway.gateway.url);
    const body = JSON.stringify({ query: QUERY });
    connection.send(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: one-key\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    expect((await connection.answer())?.status).toBe(200);
    expect(seen[0]).toEqual([0, Infinity]);
    expect(seen.slice(1).filter(([bytes]) => bytes !== body.length)).toEqual([]);
  });

  it('takes one turn if the fast path cannot answer it', async () => {
    await using gateway = await startGateway(ACCESS);
    await warmUp(gateway, withKey('one-key'));
    const seen = watchTurns();
    const fresh = { query: `{ customers { totalCount } } # ${'long '.repeat(2_000)}` };
    expect((await gateway.post(fresh, withKey('one-key'))).status).toBe(200);
    expect(seen.filter(([bytes]) => bytes > 0)).toHaveLength(1);
  });

  it('takes a turn for each operation of a list', async () => {
    await using gateway = await startGateway({ ...ACCESS, limits: { batch: 4 } });
    await warmUp(gateway, withKey('one-key'));
    const seen = watchTurns();
    const list = [{ query: QUERY }, { query: QUERY }, { query: QUERY }, { query: QUERY }];
    const { status, body } = await gateway.post(list, withKey('one-key'));
    expect([status, body]).toEqual([200, list.map(() => ({ data: { segment: { label: 'Segment 1' } } }))]);
    expect(seen.filter(([bytes]) => bytes === 0).length).toBeGreaterThanOrEqual(3);
  });

  it('has no more time if the fast path cannot answer it', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3), destination(315, 3))],
      config: { ...ACCESS, limits: { requestTimeout: '2s' } },
    });
    await warmUp(gateway, withKey('one-key'));
    gateway.simulator.fault({ endpoint: 'mappings', times: Infinity, action: { kind: 'hang' } });
    vi.spyOn(FairTurns.prototype, 'wait').mockImplementation((turn) => {
      if (turn.bytes > 0) gateway.clock.advance(1_900);
      turn.begin();
      return true;
    });
    const cold = { query: LONG.query.replace('314', '315') };
    const answered = gateway.post(cold, withKey('one-key'));
    await gateway.clock.timer((ms) => ms === 100);
    gateway.clock.advance(100);
    expect((await answered).body).toMatchObject({ errors: [{ extensions: { code: 'AAM_UNAVAILABLE' } }] });
  });

  it.each(['/graphql', '/graphql?full'])(
    'whose time is over when its turn comes is refused: %s',
    async (path) => {
      await using gateway = await startGateway({ ...ACCESS, limits: { requestTimeout: '2s' } });
      await warmUp(gateway, withKey('one-key'));
      vi.spyOn(FairTurns.prototype, 'wait').mockImplementation((turn) => {
        if (turn.bytes > 0) gateway.clock.advance(2_000);
        turn.begin();
        return true;
      });
      const headers = { ...withKey('one-key'), 'content-type': 'application/json' };
      const response = await gateway.fetch(path, { method: 'POST', headers, body: JSON.stringify(LONG) });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      expect(await response.text()).toContain('wait for their turn');
    },
  );

  it('beyond its rate limit takes no room of those that wait', async () => {
    await using gateway = await startGateway({ ...ACCESS, limits: { requestsPerMinute: 3 } });
    await warmUp(gateway, withKey('one-key'));
    const seen = watchTurns();
    expect((await gateway.post(LONG, withKey('one-key'))).status).toBe(429);
    expect(seen.filter(([bytes]) => bytes > 0)).toEqual([]);
  });
});

it('a token takes the turn of its caller until it has expired', async () => {
  const key = await signingKey('RS256', 'rsa');
  const jwt = { issuer: 'https://id.example.com/', audience: 'gateway', jwksFile: 'keys.json' };
  await using gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    files: { 'keys.json': keySetOf(key) },
    config: { access: { jwt } },
  });
  const token = await key.sign({
    iss: jwt.issuer,
    aud: jwt.audience,
    sub: 'anna',
    exp: gateway.clock.now() / 1_000 + 300,
    customers: ['acme'],
    permissions: ['read'],
  });
  const takers: string[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- is called with the object that it was called on
  const { beginsAtOnce } = FairTurns.prototype;
  vi.spyOn(FairTurns.prototype, 'beginsAtOnce').mockImplementation(function (this: FairTurns, taker) {
    takers.push(taker.id);
    return beginsAtOnce.call(this, taker);
  });
  const firstTaker = async (): Promise<string | undefined> => {
    takers.length = 0;
    await gateway.post({ query: QUERY }, { authorization: `Bearer ${token}` });
    return takers[0];
  };
  expect(await firstTaker()).toBe('127.0.0.1');
  expect(await firstTaker()).toBe('jwt:anna');
  gateway.clock.advance(600_000);
  expect(await firstTaker()).toBe('jwt:anna');
  expect(await firstTaker()).toBe('127.0.0.1');
});
