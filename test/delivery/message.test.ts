import { describe, expect, it } from 'vitest';
import { MessageError, MessageTooLargeError } from '../../src/delivery/message-error.js';
import { Message } from '../../src/delivery/message.js';

const NAMES: Readonly<Record<string, string>> = { 80920: 'Loyal', 80921: 'New "2024"', loyal: 'By alias' };

const read = (text: string, idField: string | null = null, maxIds = 100): Message =>
  new Message(text, { idField, maxIds });

const annotate = (text: string, idField: string | null = null, maxLength?: number): string =>
  read(text, idField).annotated(
    {
      of: (id) => ({ Segment_Name: NAMES[id] ?? null }),
      ofContradictory: (ids) => ({ Segment_Name: null, Segment_Label: ids.join() }),
    },
    maxLength,
  );

/** What is added to an object that names several segments. */
const contradictory = (ids: string): string => `,"Segment_Name":null,"Segment_Label":"${ids}"`;

/** What is added beside an ID. */
const named = (name: string | null): string => `,"Segment_Name":${JSON.stringify(name)}`;

/** The documented sample, with its line breaks. */
const SAMPLE = `{
"ProcessTime": "Wed Jul 27 16:17:42 UTC 2016",
"User_DPID": "12345",
"Client_ID": "74323",
"AAM_Destination_Id": "423",
"User_count": "2",
"Users": [{
   "AAM_UUID": "19393572368547369350319949416899715727",
   "DataPartner_UUID": "4250948725049857",
   "Segments": [{
            "Segment_ID": "80920",
            "Status": "1",
            "DateTime": "Wed Jul 27 16:17:22 UTC 2016"
         },
         {
            "Segment_ID": "80921",
            "Status": "0",
            "DateTime": "Wed Jul 27 16:17:22 UTC 2016"
         }
      ]
   }]
}
`;

describe('a message', () => {
  it('gets names beside its IDs, and keeps every other byte', () => {
    const expected = SAMPLE.replace('"80920"', `"80920"${named('Loyal')}`).replace(
      '"80921"',
      `"80921"${named('New "2024"')}`,
    );
    expect(annotate(SAMPLE)).toBe(expected);
    expect(JSON.parse(annotate(SAMPLE))).toMatchObject({
      Users: [
        {
          Segments: [
            { Segment_Name: 'Loyal', Status: '1' },
            { Segment_Name: 'New "2024"', Status: '0' },
          ],
        },
      ],
    });
  });

  it('says which destination and customer it is for, and which segments it names', () => {
    const { destinationId, clientIds, segmentIds } = read(SAMPLE);
    expect({ destinationId, clientIds, segmentIds }).toEqual({
      destinationId: '423',
      clientIds: ['74323'],
      segmentIds: ['80920', '80921'],
    });
  });

  it.each([
    ['a number', '{"AAM_Destination_ID":314}', '314'],
    ['a text', '{"AAM_Destination_Id":"314"}', '314'],
    ['in other letters', '{"aam_destination_id":"314"}', '314'],
    ['without underscores', '{"AAMDestinationId":"314"}', '314'],
    ['without AAM', '{"Destination_ID":314}', '314'],
    [
      'in two members, of which the documented one counts',
      '{"Destination_ID":1,"AAM_Destination_ID":314}',
      '314',
    ],
    ['with leading zeros', '{"AAM_Destination_Id":"0314"}', '0314'],
    ['with more digits than numbers have', '{"AAM_Destination_ID":9007199254740993}', '9007199254740993'],
    ['escaped', '{"AAM\\u005fDestination_Id":"31\\u0034"}', '314'],
    ['missing', '{"Users":[]}', null],
    ['null', '{"AAM_Destination_Id":null}', null],
    ['blank', '{"AAM_Destination_Id":" "}', null],
    ['null, and in another member', '{"AAM_Destination_Id":null,"Destination_ID":"314"}', '314'],
    ['twice, of which the last one counts', '{"AAM_Destination_Id":1.5,"AAM_Destination_Id":314}', '314'],
    ['in two spellings that say the same', '{"AAM_Destination_Id":314,"AAM_Destination_ID":" 314"}', '314'],
    ['deeper than at the top', '{"Users":[{"AAM_Destination_Id":"314"}]}', null],
  ])('names its destination: %s', (_, text, id) => {
    expect(read(text).destinationId).toBe(id);
  });

  it.each<[string, string, string]>([
    [
      'numbers',
      '{"Segments":[{"Segment_ID":80920}]}',
      `{"Segments":[{"Segment_ID":80920${named('Loyal')}}]}`,
    ],
    [
      'numbers beyond what a parser keeps',
      '{"Segments":[{"Segment_ID":90071992547409931234,"AAM_UUID":1.50}]}',
      `{"Segments":[{"Segment_ID":90071992547409931234${named(null)},"AAM_UUID":1.50}]}`,
    ],
    [
      'other letters',
      '{"segments":[{"segmentId":"80920"},{"SEGMENT_ID":"80921"}]}',
      `{"segments":[{"segmentId":"80920"${named('Loyal')}},{"SEGMENT_ID":"80921"${named('New "2024"')}}]}`,
    ],
    [
      "a partner's form with Segment",
      '{"Users":[{"Segments":[{"Segment":"loyal","Status":"1"}]}]}',
      `{"Users":[{"Segments":[{"Segment":"loyal"${named('By alias')},"Status":"1"}]}]}`,
    ],
    [
      'segments that the user left',
      '{"Segments":[{"Segment":"loyal"}],"Removed_Segments":[{"Segment":80920}]}',
      `{"Segments":[{"Segment":"loyal"${named('By alias')}}],"Removed_Segments":[{"Segment":80920${named('Loyal')}}]}`,
    ],
    [
      'a form with Mapping and further IDs',
      '{"Segments":[{"LegacySegmentId":7,"NewSegmentId":8,"Mapping":80920,"Status":1}]}',
      `{"Segments":[{"LegacySegmentId":7,"NewSegmentId":8,"Mapping":80920${named('Loyal')},"Status":1}]}`,
    ],
    [
      'a Segment beside its Segment_ID',
      '{"Segments":[{"Segment":"Loyal customers","Segment_ID":"80920"}]}',
      `{"Segments":[{"Segment":"Loyal customers","Segment_ID":"80920"${named('Loyal')}}]}`,
    ],
    [
      'a Segment beside a Mapping, in any order',
      '{"Segments":[{"Mapping":"80921","Segment":"80920"}]}',
      `{"Segments":[{"Mapping":"80921","Segment":"80920"${named('Loyal')}}]}`,
    ],
    [
      'an empty Segment_ID beside a Mapping',
      '{"Segments":[{"Segment_ID":"","Mapping":"80920"},{"Mapping":"80921","Segment_ID":null}]}',
      `{"Segments":[{"Segment_ID":"","Mapping":"80920"${named('Loyal')}},{"Mapping":"80921"${named('New "2024"')},"Segment_ID":null}]}`,
    ],
    [
      'two spellings of the same ID',
      '{"Segments":[{"Segment_ID":"80920","segmentId":80920}]}',
      `{"Segments":[{"Segment_ID":"80920","segmentId":80920${named('Loyal')}}]}`,
    ],
    [
      'two spellings with different IDs, so that neither is named',
      '{"Segments":[{"Segment_ID":"80920","segmentId":"80921"}]}',
      `{"Segments":[{"Segment_ID":"80920","segmentId":"80921"${contradictory('80920,80921')}}]}`,
    ],
    [
      'two spellings of which one is no ID, so that it is not named',
      '{"Segments":[{"Segment_ID":"80920","segmentId":{},"Mapping":"80921"}]}',
      `{"Segments":[{"Segment_ID":"80920"${contradictory('80920')},"segmentId":{},"Mapping":"80921"}]}`,
    ],
    [
      'a list with a value that is no ID',
      '{"Segments":[80920, 80921.0,null,"",{"Segment_ID":"80921"}]}',
      `{"Segments":[80920, 80921.0,null,"",{"Segment_ID":"80921"${named('New "2024"')}}],"Segments_Named":[{"Segment_ID":"80920","Segment_Name":"Loyal"},null,null,null,null]}`,
    ],
    [
      'a list twice, of which the last one counts',
      '{"Segments":["80921"],"Segments":["80920"],"Segment_List":["80921"],"Segment_List":null}',
      '{"Segments":["80921"],"Segments":["80920"],"Segments_Named":[{"Segment_ID":"80920","Segment_Name":"Loyal"}],"Segment_List":["80921"],"Segment_List":null}',
    ],
    [
      'a byte order mark in front',
      '\ufeff{"Segments":[{"Segment_ID":"80920"}]}',
      `\ufeff{"Segments":[{"Segment_ID":"80920"${named('Loyal')}}]}`,
    ],
    [
      'one segment without a list',
      '{"AAM_UUID":"1","Segment_ID":"80920"}',
      `{"AAM_UUID":"1","Segment_ID":"80920"${named('Loyal')}}`,
    ],
    [
      'lists of IDs alone',
      '{"Segments":["80920", 80921],"Removed_Segments":["x"]}',
      '{"Segments":["80920", 80921],"Segments_Named":[{"Segment_ID":"80920","Segment_Name":"Loyal"},{"Segment_ID":"80921","Segment_Name":"New \\"2024\\""}],' +
        '"Removed_Segments":["x"],"Removed_Segments_Named":[{"Segment_ID":"x","Segment_Name":null}]}',
    ],
    [
      'the same member twice, of which the last one counts',
      '{"Segments":[{"Segment_ID":"80921","Segment_ID":"80920"}]}',
      `{"Segments":[{"Segment_ID":"80921","Segment_ID":"80920"${named('Loyal')}}]}`,
    ],
    [
      'escaped names and IDs',
      '{"Segments":[{"Segment\\u005fID":"8\\u00309\\u00320","x":"\\\\\\"}"}]}',
      `{"Segments":[{"Segment\\u005fID":"8\\u00309\\u00320"${named('Loyal')},"x":"\\\\\\"}"}]}`,
    ],
  ])('is understood with %s', (_, text, expected) => {
    expect(annotate(text)).toBe(expected);
    expect(() => JSON.parse(annotate(text).replace('\ufeff', '')) as unknown).not.toThrow();
  });

  it('may name its IDs as the partner likes', () => {
    const text = '{"Users":[{"Data":[{"Name":"80920"},{"Name":"80921","Segment_ID":"1"}],"Ids":["1"]}]}';
    expect(annotate(text, 'Name')).toBe(
      text.replace('"80920"', `"80920"${named('Loyal')}`).replace('"80921"', `"80921"${named('New "2024"')}`),
    );
    expect(read(text, 'Ids').segmentIds).toEqual(['1']);
  });

  it.each([
    ['a text that only looks like one', '{"note":"{\\"Segment_ID\\":\\"80920\\"}","Segments":[]}'],
    ['common words outside of lists', '{"Segment":"EU","Mapping":{"Segment":"80920"}}'],
    [
      'what is no ID',
      '{"Segments":[{"Segment_ID":null},{"Segment_ID":1.5},{"Segment_ID":""},{"Segment_ID":{}},1e3]}',
    ],
    [
      'lists without IDs, or with IDs that are not those of segments',
      '{"Segments":[null,1.5],"Removed_Segments":[["80920"]],"Ids":["80920"]}',
    ],
    ['IDs in one text', '{"Segment_List":"80920,80921"}'],
    [
      'a Segment_ID that is no ID, beside others',
      '{"Segments":[{"Segment_ID":80920.5,"Mapping":"80921"},{"Segment_ID":{},"Segment":"80921"}]}',
    ],
    ['an ID that is taken back', '{"Segments":[{"Segment_ID":"80920","Segment_ID":null}]}'],
    ['empty lists', '{"Users":[],"Segments":[]}'],
    ['annotations that are there', '{"Segments":[{"Segment_Name":"Theirs","Segment_ID":"80920"}]}'],
    ['annotated lists', '{"Segments_Named":[],"Segments":["80920"]}'],
    ['dangerous members', '{"__proto__":{"a":1},"constructor":{"prototype":{}}}'],
  ])('stays as it is: %s', (_, text) => {
    expect(annotate(text)).toBe(text);
  });

  it('stays as it is when it is annotated again', () => {
    const text = '{"Segments":[{"Segment_ID":"80920"}],"Removed_Segments":["80921"]}';
    expect(annotate(annotate(text))).toBe(annotate(text));
  });

  it('may have so many IDs, of which each place counts', () => {
    const text = '{"Segments":[{"Segment_ID":1},{"Segment_ID":1}],"Removed_Segments":[1,2.5,null]}';
    expect(read(text, null, 3).segmentIds).toEqual(['1']);
    expect(() => read(text, null, 2)).toThrow(MessageTooLargeError);
    expect(() => read(text, null, 2)).toThrow(/more than 2 segment IDs.*limits\.ids/);
  });

  it('is refused before its answer gets longer than allowed', () => {
    const text = '{"Segments":[{"Segment_ID":80920}],"Removed_Segments":[80920]}';
    const { length } = annotate(text);
    expect(annotate(text, null, length)).toHaveLength(length);
    expect(() => annotate(text, null, length - 1)).toThrow(MessageTooLargeError);
  });

  it.each([
    [
      'for two destinations',
      '{"AAM_Destination_Id":"314","aam_destination_id":315}',
      /names two destinations.*keep one/,
    ],
    [
      'for a destination and what can be none',
      '{"AAM_Destination_Id":"314","aam_destination_id":{}}',
      /names two destinations.*keep one/,
    ],
    [
      'for a destination that can be none, beside another member',
      '{"AAM_Destination_Id":314.5,"Destination_ID":"315"}',
      /AAM_Destination_Id can be no ID/,
    ],
    ['cut off', '{"Segments":[', 'The message is not valid JSON.'],
    ['a list', '[]', /must be a JSON object/],
    ['a text', '"x"', /must be a JSON object/],
    ['null', 'null', /must be a JSON object/],
    ['nested too deep', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, /nested deeper than 64 levels/],
  ])('is refused if it is %s', (_, text, message) => {
    expect(() => read(text)).toThrow(MessageError);
    expect(() => read(text)).toThrow(message);
  });
});
