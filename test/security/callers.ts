import { Markers } from './markers.js';
import { OPERATOR, type TestRequest, type TestResponse } from './realm.js';
import { ALL_PERMISSIONS, callerWith, createTenants, type Tenant, type TestCaller } from './tenants.js';

export const MARKERS = new Markers();
export const TENANTS = createTenants(MARKERS);

const [a, b, c, d, e] = TENANTS.map(({ id }) => id) as [string, string, string, string, string];

/** As long as a customer's ID, and none. */
export const MISSING_CUSTOMER = 'tenant-zq9999qz';

/** Every kind of sight and of rights. */
export const CALLERS: readonly TestCaller[] = [
  callerWith('reader of one', [a], ['read']),
  callerWith('reader of another', [b], ['read']),
  callerWith('agency', [a, b], ['read', 'refresh', 'import']),
  callerWith('the one with failures', [c], ['read', 'refresh', 'import', 'explore']),
  callerWith('the one by hand', [d], ['read', 'import']),
  callerWith('reader of three', [b, d, e], ['read', 'refresh']),
  callerWith('reader of three others', [a, c, e], ['read', 'import', 'explore']),
  callerWith('reader of everything', 'all', ['read']),
  callerWith('nobody', [], ['read', 'refresh', 'import']),
  callerWith('stranger', [MISSING_CUSTOMER], ALL_PERMISSIONS),
  callerWith('hand alone', [a], ['import']),
  callerWith('refresher alone', [e], ['refresh']),
];

/** With the operator, who sees everything, and the authors, each of whom sees one customer. */
export const EVERYBODY: readonly TestCaller[] = [
  OPERATOR,
  ...TENANTS.map(({ author }) => author),
  ...CALLERS,
];

/** `null`: somebody with a key that is none. */
export type AnyCaller = TestCaller | null;

export function seenBy(caller: AnyCaller): readonly Tenant[] {
  return TENANTS.filter(({ id }) => caller?.customers === 'all' || caller?.customers.includes(id));
}

export function keyOf(caller: AnyCaller): string {
  return caller?.key ?? 'agk_that_is_none';
}

/** The markers in an answer of customers that the caller may not see, but those that it has sent itself. */
export function foreignMarkers(request: TestRequest, response: TestResponse, caller: AnyCaller): string[] {
  const owners = seenBy(caller).map(({ owner }) => owner);
  const sent = MARKERS.in(`${JSON.stringify(request)}\n${decodeURIComponent(request.path)}`);
  return Array.from(MARKERS.in(JSON.stringify(response)))
    .filter(([marker, owner]) => !owners.includes(owner) && !sent.has(marker))
    .map(([marker, owner]) => `${marker} of ${owner}`);
}
