import { describe, expect, it } from 'vitest';
import { readPasted, type Pasted } from '../../src/web/views/look-up/pasted.js';

const USER = '19393572368547369350319949416899715727';

function idsOf(text: string, column: number | 'all' | null = null): string[] {
  return [...readPasted(text, column).ids.keys()];
}

function kindOf(text: string): Pasted['kind'] {
  return readPasted(text).kind;
}

describe('a list that was pasted', () => {
  it.each([
    ['a column', '80920\r\n80921\r\n\r\n80922\n'],
    ['commas', '80920, 80921,80922'],
    ['tabs', '80920\t80921\t80922'],
    ['semicolons and bars', '80920;80921|80922'],
    ['blanks', ' 80920 80921   80922 '],
    ['several on each of several lines', '80920,80921\n80922'],
    ['quotes, as programs write them', '"80920"\n\'80921\'\n“80922”'],
    ['formulas that keep numbers a text', '="80920"\n="80921"\n="80922"'],
    ['invisible characters', '\ufeff80920\u200b\n\u00a080921\n\u200e80922'],
    ['a title above a column of numbers', 'Segment ID\n80920\n80921\n80922'],
  ])('is read with %s', (_, text) => {
    expect([kindOf(text), idsOf(text)]).toEqual(['list', ['80920', '80921', '80922']]);
  });

  it('may have IDs that are no numbers', () => {
    expect(idsOf('cart abandoners\ntype=123\nnewsletter')).toEqual([
      'cart abandoners',
      'type=123',
      'newsletter',
    ]);
    expect(idsOf('https://ad.example.com/px?id=1,2;x=%s\nhttp://b.example/|')).toEqual([
      'https://ad.example.com/px?id=1,2;x=%s',
      'http://b.example/|',
    ]);
  });

  it('keeps leading zeros and long numbers as they are', () => {
    expect(idsOf('0080920\n123456789012345678901234567890')).toEqual([
      '0080920',
      '123456789012345678901234567890',
    ]);
  });

  it('has each ID once, with how often it occurs', () => {
    expect([...readPasted('1\n2\n1\n1').ids]).toEqual([
      ['1', 3],
      ['2', 1],
    ]);
  });

  it.each(['', '  \n\t\n', '\ufeff'])('may be empty: %j', (text) => {
    expect(idsOf(text)).toEqual([]);
  });
});

describe('a table that was pasted', () => {
  const REPORT = 'Date\tSegment ID\tImpressions\n2026-11-01\t80920\t1200\n2026-11-01\t80921\t90';

  it('has its IDs in the column that is called so', () => {
    expect(readPasted(REPORT)).toMatchObject({
      kind: 'table',
      columns: ['Date', 'Segment ID', 'Impressions'],
      column: 1,
    });
    expect(idsOf(REPORT)).toEqual(['80920', '80921']);
  });

  it('has them in another column if the person says so', () => {
    expect(idsOf(REPORT, 2)).toEqual(['1200', '90']);
    expect(idsOf('80920\t7\n80921\t8', 'all')).toEqual(['80920', '7', '80921', '8']);
  });

  it('has them in the column of numbers if no column is called so', () => {
    expect(idsOf('Name;Number\nCart abandoners;80920\nBuyers;80921')).toEqual(['80920', '80921']);
    expect(idsOf('Cart abandoners\t80920\nBuyers\t80921')).toEqual(['80920', '80921']);
  });

  it('has them in all columns if all are numbers without a title', () => {
    expect(readPasted('80920\t80921\n80922\t80923').column).toBe(null);
    expect(idsOf('80920\t80921\n80922\t80923')).toEqual(['80920', '80921', '80922', '80923']);
  });
});

describe('a message that was pasted', () => {
  const MESSAGE = {
    ProcessTime: 'Wed Jul 27 16:17:42 UTC 2016',
    User_DPID: '12345',
    AAM_Destination_Id: '314',
    Users: [
      {
        AAM_UUID: USER,
        Segments: [
          { Segment_ID: '80920', Status: '1' },
          { Segment_ID: 80921, Status: '0' },
        ],
        Removed_Segments: ['80922', 80923],
      },
    ],
  };

  it('has the IDs of its segments, and its destination', () => {
    const read = readPasted(JSON.stringify(MESSAGE, null, 2));
    expect(read).toMatchObject({ kind: 'message', destinationId: '314' });
    expect([...read.ids.keys()]).toEqual(['80920', '80921', '80922', '80923']);
  });

  it('may be of another form', () => {
    expect(idsOf('{"list":[{"Mapping":"1"},{"Segment":"2","Status":"1"}],"Segment":"3"}')).toEqual([
      '1',
      '2',
    ]);
    expect(idsOf('["80920", 80921]')).toEqual(['80920', '80921']);
    expect(idsOf('{"Data":[{"segmentId":"7","Mapping":"8"}]}')).toEqual(['7']);
  });

  it('keeps numbers that are too long for JavaScript', () => {
    expect(idsOf('{"Segments":[{"Segment_ID":12345678901234567890}]}')).toEqual(['12345678901234567890']);
  });

  it('may be one of several, one on each line', () => {
    const other = { ...MESSAGE, Users: [{ Segments: [{ Segment_ID: '9' }] }] };
    const read = readPasted(`${JSON.stringify(MESSAGE)}\n${JSON.stringify(other)}\n`);
    expect([...read.ids.keys()]).toEqual(['80920', '80921', '80922', '80923', '9']);
    expect(read.destinationId).toBe('314');
    const elsewhere = readPasted(
      `${JSON.stringify(MESSAGE)}\n${JSON.stringify({ ...other, AAM_Destination_Id: 5 })}`,
    );
    expect(elsewhere.destinationId).toBe(null);
  });
});

describe('lines of a file that were pasted', () => {
  it.each([
    ['segments, and those that the user left', `${USER} 24,26,27 25,28`, ['24', '26', '27', '25', '28']],
    ['tabs between the fields', `${USER}\t24,26\t25`, ['24', '26', '25']],
    ['blanks only', `${USER} 24 26 27`, ['24', '26', '27']],
    ['pairs of type and ID', `${USER}\t5,24,4,99,5,26`, ['24', '26']],
    [
      'items of type, ID, status and time',
      `${USER}\t5,24,1,1790000000000&5,25,0,1790000000000&4,99,1,1790000000000`,
      ['24', '25'],
    ],
  ])('have IDs in %s', (_, line, ids) => {
    expect([kindOf(line), idsOf(line)]).toEqual(['delivery', ids]);
    expect(idsOf(`${line}\n${line}\n`)).toEqual(ids);
  });

  it('are not mistaken for a list of long IDs', () => {
    expect([kindOf(`${USER}\n${USER}1`), idsOf(`${USER}\n${USER}1`)]).toEqual(['list', [USER, `${USER}1`]]);
  });
});
