import * as undici from 'undici';
import { expect, it } from 'vitest';
import * as parts from '../../src/audience-manager/undici.js';

it('the parts of undici that are loaded by file are those of its index', () => {
  for (const name of ['Agent', 'Dispatcher', 'EnvHttpProxyAgent', 'Pool'] as const) {
    expect(parts[name], name).toBe(undici[name]);
  }
});
