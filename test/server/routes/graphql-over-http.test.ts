import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';

/**
 * Audits of the GraphQL-over-HTTP specification that Apollo Server's design does not pass, each with the
 * reason. All others must pass, and these must fail: one that passes has to leave this list.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  '572B': 'Apollo Server answers 400 to what does not parse, whichever media type is accepted.',
  FDE2: 'Apollo Server answers 400 to what is not valid, whichever media type is accepted.',
  '7B9B': 'Apollo Server answers 400 to variables that do not fit, whichever media type is accepted.',
};

/** GETs need a header that a page of another site cannot send unasked; every Apollo client sends it. */
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
