import { expect, it } from 'vitest';
import { ReadBehind } from '../../../src/directory/refresh/read-behind.js';

it('readings that nobody waits for do not begin after the stop', () => {
  const readBehind = new ReadBehind(1);
  const begun: string[] = [];
  const add = (key: string): void => {
    const read = (): Promise<void> => {
      begun.push(key);
      return new Promise(() => undefined);
    };
    readBehind.add({ key, host: key, read });
  };
  add('before');
  readBehind.stop();
  add('after');
  expect(begun).toEqual(['before']);
});
