import { describe, expect, it } from 'vitest';
import { readFileName, withoutMode, type DeliveryFileName } from '../../src/delivery/file-name.js';

/** The names of the documentation and of this kind, and what they tell. */
const NAMES: [string, Partial<DeliveryFileName>][] = [
  [
    'S3_314_20914_acme7_iter_1790000000000.sync.gz',
    {
      syncType: 's3',
      destinationId: '314',
      masterDpid: '20914',
      pidAlias: 'acme7',
      mode: 'ITERATIVE',
      sentAt: 1_790_000_000_000,
      part: null,
      content: 'DATA',
      isGzip: true,
      root: 's3_314_20914_acme7_1790000000000',
    },
  ],
  [
    'S3_314_20914_acme7_iter_1790000000000001.sync.gz',
    { part: 1, sentAt: 1_790_000_000_000, root: 's3_314_20914_acme7_1790000000000' },
  ],
  [
    'ftp_655_269_full_1337229891903.sync',
    {
      syncType: 'ftp',
      destinationId: '655',
      masterDpid: '269',
      pidAlias: null,
      mode: 'FULL',
      sentAt: 1_337_229_891_903,
      isGzip: false,
    },
  ],
  ['ftp_215_888_iter_1449756724.sync', { sentAt: 1_449_756_724_000, part: null }],
  ['ftp_215_888_iter_14497567240012.sync', { sentAt: 1_449_756_724_000, part: 12 }],
  ['ftp_215_888_20915_iter_1449756724.sync', { destinationId: '215', masterDpid: '20915', pidAlias: null }],
  ['s3_123456_9999_full_1566906141001.csv', { content: 'DATA', sentAt: 1_566_906_141_001, part: null }],
  [
    's3_314_20914_a_full_of_b_iter_1790000000000-2.sync.gz',
    { pidAlias: 'a_full_of_b', mode: 'ITERATIVE', part: 2 },
  ],
  ['http_314_iter_20260131235959.sync', { sentAt: Date.UTC(2026, 0, 31, 23, 59, 59) }],
  ['http_314_iter_20260131235959001.sync', { sentAt: Date.UTC(2026, 0, 31, 23, 59, 59), part: 1 }],
  [
    '/in/box/314_iter_1790000000000.SYNC',
    { name: '314_iter_1790000000000.SYNC', syncType: null, destinationId: '314' },
  ],
  ['s3_20914_acme7_iter_1790000000000.sync', { destinationId: null, masterDpid: '20914', pidAlias: 'acme7' }],
  ['s3_314_20914_acme7_1790000000000.sync', { destinationId: '314', mode: null, sentAt: 1_790_000_000_000 }],
  [
    'S3_314_20914_acme7_full_1790000000000.info',
    { content: 'INFO', root: 's3_314_20914_acme7_1790000000000' },
  ],
  ['acme.sync', { destinationId: null, pidAlias: 'acme', mode: null, sentAt: null, part: null }],
  [
    'iter_1790000000000.sync',
    { syncType: null, destinationId: null, mode: 'ITERATIVE', sentAt: 1_790_000_000_000 },
  ],
];

describe('the name of a file of a delivery', () => {
  it.each(NAMES)('%s tells its parts', (name, parts) => {
    expect(readFileName(name)).toMatchObject(parts);
  });

  it.each(['report.txt', 'names.xlsx', 'sync', ''])('is not %j', (name) => {
    expect(readFileName(name)).toBeNull();
  });

  it('is the same in a list of files that names another mode', () => {
    expect(withoutMode('S3_314_iter_1790000000000.sync.gz')).toBe(
      withoutMode('s3_314_full_1790000000000.sync.gz'),
    );
    expect(withoutMode('S3_314_iter_1790000000000.sync.gz')).not.toBe(
      withoutMode('S3_315_iter_1790000000000.sync.gz'),
    );
  });
});
