import {
  AudienceManagerError,
  accountKey,
  type Account,
  type AudienceManagerClient,
} from '../audience-manager/index.js';

/** Makes calls for accounts. Users that Audience Manager does not know yet are made known, once each. */
export class KnownUsers {
  readonly #client: AudienceManagerClient;
  readonly #users = new Map<string, Promise<void>>();

  constructor(client: AudienceManagerClient) {
    this.#client = client;
  }

  /** Makes a call, again after the user was made known if it is forbidden. */
  async call<T>(account: Account, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const isForbidden = error instanceof AudienceManagerError && error.code === 'AAM_FORBIDDEN';
      if (!isForbidden || account.type !== 'server-to-server') throw error;
      await this.#makeUserKnown(account);
      return await call();
    }
  }

  async #makeUserKnown(account: Account): Promise<void> {
    const key = accountKey(account);
    const known = this.#users.get(key) ?? this.#client.makeUserKnown(account);
    this.#users.set(key, known);
    // If it fails, so does reading the destination again, and that error says more.
    await known.catch(() => undefined);
  }
}
