import { expect, it } from 'vitest';
import { Authenticator } from '../../../src/server/access/authenticator.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';
import { entryOf, withKey } from '../../support/keys.js';

it('a withdrawn key is nobody’s any more, whatever has been found for the same request', () => {
  const logger = createLogger({ redactor: new Redactor(), level: 'info', sink: { write: () => undefined } });
  const { name, sha256 } = entryOf('some-key', 'someone');
  const key = { name, sha256, customers: 'all', permissions: ['read'] } as const;
  const access = new Authenticator(
    { apiKeys: [key], jwt: null, trustedDocuments: null },
    { clock: new FakeClock(), fetch, logger },
  );
  const headers = withKey('some-key');
  expect(access.acceptedAs(headers)?.id).toBe('key:someone');
  expect(access.authenticateSync(headers)?.id).toBe('key:someone');
  access.configure({ apiKeys: [], jwt: null, trustedDocuments: null });
  expect(access.acceptedAs(headers)).toBeNull();
  expect(access.authenticateSync(headers)).toBeNull();
});
