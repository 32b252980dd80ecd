import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';

/**
 * Audits of the GraphQL-over-HTTP specification that Apollo Server fails by design, by ID, with the reason. All other
 * audits must pass. An audit in this list that passes makes the test fail, so that it is removed from the list.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  '572B': 'Apollo Server answers 400 to a document that does not parse, for every accepted media type.',
  FDE2: 'Apollo Server answers 400 to a document that is not valid, for every accepted media type.',
  '7B9B': 'Apollo Server answers 400 to variables of the wrong type, for every accepted media type.',
};

/** Adds the header that Apollo Server requires of GET requests (CSRF prevention). Every Apollo client sends it. */
const fetchAsClient: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('apollo-require-preflight', 'true');
  return fetch(input, { ...init, headers });
};

describe('GraphQL over HTTP', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))] });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  for (const audit of serverAudits({ url: () => gateway.url, fetchFn: fetchAsClient })) {
    it(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      const exception = EXCEPTIONS[audit.id];
      if (exception !== undefined) {
        expect(result.status, exception).not.toBe('ok');
        return;
      }
      expect(result, result.status === 'ok' ? '' : result.reason).toMatchObject({ status: 'ok' });
    });
  }
});
