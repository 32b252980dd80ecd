import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';

const BOM = '\uFEFF';

/** An answer as it is on the wire: `fetch` would unpack it. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

describe('an export', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const mappings = [
      { mappingId: 1, sid: 11, name: 'Müller & Söhne "neu"' },
      { mappingId: 2, sid: 12, name: 'セグメント' },
    ];
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const url = `${gateway.gateway.url}/export/acme/${path}`;
    return await new Promise((resolve, reject) => {
      const sent = httpRequest(url, { headers }, (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('begins with a byte order mark where Excel is to open it, and else does not', async () => {
    const plain = await get('314.csv');
    const forExcel = await get('314.csv?bom=1');
    expect(plain.body.toString()).toMatch(/^destinationMappingId,/);
    expect(forExcel.body.toString()).toBe(BOM + plain.body.toString());
    expect([...forExcel.body.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect((await get('314.csv?bom=true')).body.equals(forExcel.body)).toBe(true);
    expect((await get('314.csv?bom=0')).body.equals(plain.body)).toBe(true);
  });

  it.each(['314.csv?bom=yes', '314.csv?bom=', '314.csv?bom=1&bom=1', '314.ndjson?bom=1'])(
    'refuses %s and says what bom is',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(400);
      expect(JSON.parse(body.toString())).toMatchObject({
        errors: [{ message: expect.stringContaining('bom is 1 or 0') as string }],
      });
    },
  );

  it.each(['314.csv?bmo=1', '314.csv?bom=1&BOM=1', '314.ndjson?format=csv'])(
    'refuses %s, whose parameter there is not',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(400);
      expect(JSON.parse(body.toString())).toMatchObject({
        errors: [{ message: expect.stringMatching(/^There is no parameter \w+; there is bom\.$/) as string }],
      });
    },
  );

  it.each(['314.csv', '314.ndjson', '314.csv?bom=1'])(
    'of %s is compressed where that is accepted',
    async (path) => {
      const plain = await get(path);
      expect(plain.headers['content-encoding']).toBeUndefined();
      const packed = await get(path, { 'accept-encoding': 'gzip, deflate' });
      expect(packed.headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-type': plain.headers['content-type'],
        'content-disposition': plain.headers['content-disposition'],
      });
      expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
      // Caches must not give it to others.
      expect(packed.headers['vary']).toMatch(/accept-encoding/i);
      expect(plain.headers['vary']).toMatch(/accept-encoding/i);
    },
  );

  it('sends errors as they are', async () => {
    const { status, headers, body } = await get('999.csv', { 'accept-encoding': 'gzip' });
    expect(status).toBe(404);
    expect(headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(body.toString())).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });
});
