import { expect, it } from 'vitest';
import { Changes } from '../../src/storage/changes.js';
import type { DestinationKey } from '../../src/storage/index.js';
import { KEY } from './support.js';

function listening(): { changes: Changes; heard: DestinationKey[] } {
  const changes = new Changes();
  const heard: DestinationKey[] = [];
  changes.listen((key) => heard.push(key));
  return { changes, heard };
}

it('tells of a generation once, however often and late it is heard of', () => {
  const { changes, heard } = listening();
  changes.startFrom([{ ...KEY, generation: 3 }]);
  for (const generation of [3, 4, 4, 3, 5]) changes.reached({ ...KEY, generation });
  expect(heard).toEqual([KEY, KEY]);
});

it('does not tell the writer of what it has written or of what it wrote upon', () => {
  const { changes, heard } = listening();
  changes.announceOwn(KEY, 4);
  changes.announceOwn(KEY, 5);
  for (const generation of [3, 4, 5]) changes.reached({ ...KEY, generation });
  expect(heard).toEqual([]);
});

it("tells of somebody else's change in place of one that failed", () => {
  const { changes, heard } = listening();
  changes.announceOwn(KEY, 4);
  changes.withdrawOwn(KEY, 4);
  changes.reached({ ...KEY, generation: 4 });
  expect(heard).toEqual([KEY]);
});
