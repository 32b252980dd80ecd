import { expect, it } from 'vitest';
import { undoImport } from '../../../src/directory/index.js';
import { importText } from '../../support/import-text.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { SERVER, ann, known, listAgain } from './by-hand.js';

it('taking an import back finds a created segment that is listed by now, also if its sid was mapped again', async () => {
  const listed: Fields[] = [];
  const test = await startDocumented({ fields: SERVER, rows: listed });
  const { importId } = await importText(test.at(), 'sid,name\n5,Fresh\n', ann(test));
  listed.push({ destinationMappingId: 77, sid: 5, elementName: 'Listed' });
  await listAgain(test);
  expect(await known(test)).toEqual([['77', 'Fresh']]);
  listed.push({ destinationMappingId: 99, sid: 5, elementName: 'Listed' });
  await listAgain(test);
  expect(await lookUp(test, test.at(), ['5'])).toEqual({ 5: expect.stringContaining('Listed') as string });
  expect(await undoImport(test.at(), { id: importId! }, 'Ben')).toMatchObject({ restored: 1, kept: [] });
  expect(new Map(await known(test))).toEqual(
    new Map([
      ['77', 'Listed'],
      ['99', 'Listed'],
    ]),
  );
});
