import type { FurtherConfig } from '../support/gateway.js';
import { onTestFinished } from 'vitest';
import { CALLERS, TENANTS, seenBy, type AnyCaller } from './callers.js';
import { Realm } from './realm.js';
import type { Tenant } from './tenants.js';

/** The section `storage` of a new gateway's configuration. */
/** Makes further sections of a realm's configuration. */
type MakeConfig = () => Promise<FurtherConfig>;

/** One gateway with all customers, and for each caller one with those alone that it may see; until the test ends. */
export class Worlds {
  readonly #realms = new Map<string, Realm>();

  static async start(callers: readonly AnyCaller[], makeConfig: MakeConfig): Promise<Worlds> {
    const worlds = new Worlds();
    for (const tenants of [TENANTS, ...callers.map(tenantsFor)]) {
      const name = nameOf(tenants);
      if (worlds.#realms.has(name)) continue;
      const realm = await Realm.start(tenants, CALLERS, await makeConfig());
      worlds.#realms.set(name, realm);
      onTestFinished(() => realm[Symbol.asyncDispose]());
    }
    return worlds;
  }

  get whole(): Realm {
    return this.#of(TENANTS);
  }

  for(caller: AnyCaller): Realm {
    return this.#of(tenantsFor(caller));
  }

  /** All but the whole one. */
  get parts(): readonly Realm[] {
    return [...this.#realms.values()].filter((realm) => realm !== this.whole);
  }

  #of(tenants: readonly Tenant[]): Realm {
    const realm = this.#realms.get(nameOf(tenants));
    if (realm === undefined) throw new Error(`no gateway was started for ${nameOf(tenants)}`);
    return realm;
  }
}

/** A gateway must have one customer at least, also for those who see none. */
function tenantsFor(caller: AnyCaller): readonly Tenant[] {
  const seen = seenBy(caller);
  return seen.length > 0 ? seen : TENANTS.slice(0, 1);
}

function nameOf(tenants: readonly Tenant[]): string {
  return tenants.map(({ owner }) => owner).join('');
}
