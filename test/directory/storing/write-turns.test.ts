import { expect, it } from 'vitest';
import { setSegment, type Destination } from '../../../src/directory/index.js';
import { SnapshotChanges } from '../../../src/directory/snapshot/snapshot-update.js';
import type { SnapshotCommit } from '../../../src/directory/storing/snapshot-store.js';
import type { Storage } from '../../../src/storage/index.js';
import { describeEngines, KEY } from '../../storage/support.js';
import { startDirectory, until } from '../../support/directory.js';

const ANN = { by: 'Ann', at: 1 };

describeEngines('a change that others overtake', (create) => {
  async function start() {
    const { config } = await create();
    const storages: Storage[] = [];
    const wrap = (storage: Storage): Storage => {
      storages.push(storage);
      return storage;
    };
    const first = await startDirectory({ storage: config, wrap });
    await first.at().snapshot();
    await until(() => first.at().isSaved);
    const other = await startDirectory({ storage: config });
    await other.at().snapshot();
    /** Enough for an edit that does not have to wait. */
    const someTime = async (): Promise<void> => {
      for (let reads = 0; reads < 50; reads++) await storages[0]?.state(KEY);
    };
    return { first, other, someTime };
  }

  let names = 0;
  const rename = (at: Destination): Promise<unknown> =>
    setSegment(at, { idType: 'MAPPING_ID', id: '1', name: `By hand ${names++}` }, ANN);

  /** Makes a change, and something else each time that it is made ready. @returns how often that was */
  async function edit(at: Destination, meanwhile: (tries: number) => Promise<void>): Promise<number> {
    let tries = 0;
    await at.edit(async (previous): Promise<SnapshotCommit> => {
      await meanwhile(++tries);
      return { ...ANN, next: previous, changes: SnapshotChanges.none(previous), state: {} };
    });
    return tries;
  }

  it('goes ahead of the others of its process the second time, and keeps none of them for good', async () => {
    const { first, someTime } = await start();
    const renamed: Promise<unknown>[] = [];
    const tries = await edit(first.at(), async (number) => {
      const renaming = rename(first.at());
      renamed.push(renaming);
      await (number === 1 ? renaming : someTime());
    });
    expect(tries).toBe(2);
    await Promise.all(renamed);
    expect(first.at().cached()?.find('1')?.name).toBe(`By hand ${names - 1}`);
  });

  it('can read the history while it goes ahead', async () => {
    const { first } = await start();
    const request = { segmentId: null, since: null, first: 1, order: 'newest-first', after: null } as const;
    const tries = await edit(first.at(), async (number) => {
      if (number === 1) await rename(first.at());
      await first.at().revisions(request);
    });
    expect(tries).toBe(2);
  });

  it('fails with the cause if other processes overtake it again and again', async () => {
    const { first, other } = await start();
    const failure = edit(first.at(), async () => {
      await rename(other.at());
    });
    await expect(failure).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringMatching(
        /^Destination 314 of customer acme: Other processes changed it again and again/,
      ),
    });
    // Others are not kept from their changes by it.
    await rename(first.at());
    expect(first.directory.storageAvailable).toBe(true);
  });
});
