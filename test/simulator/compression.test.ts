import { get as httpGet, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/index.js';
import { startSimulator } from './support.js';

async function encoded(
  compression: SimulatorOptions['compression'],
  acceptEncoding: string,
): Promise<{ encoding: string | undefined; body: Buffer }> {
  const simulator = await startSimulator(compression === undefined ? {} : { compression });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpGet(simulator.url, { headers: { 'accept-encoding': acceptEncoding } }, resolve).on('error', reject);
  });
  return { encoding: response.headers['content-encoding'], body: await buffer(response) };
}

const text = (body: Buffer): unknown => JSON.parse(body.toString());
const expected = { code: 'NOT_FOUND', message: 'There is nothing at /' };

describe('compression', () => {
  it('follows accept-encoding by default', async () => {
    const gzip = await encoded(undefined, 'gzip, deflate');
    expect(gzip.encoding).toBe('gzip');
    expect(text(gunzipSync(gzip.body))).toEqual(expected);
    const brotli = await encoded('auto', 'gzip;q=0.5, br');
    expect(brotli.encoding).toBe('br');
    expect(text(brotliDecompressSync(brotli.body))).toEqual(expected);
    const plain = await encoded('auto', 'br;q=0, gzip;q=0.0, identity');
    expect(plain.encoding).toBeUndefined();
    expect(text(plain.body)).toEqual(expected);
  });

  it('can be switched off, or be gzip or br regardless of accept-encoding', async () => {
    const plain = await encoded('none', 'gzip, br');
    expect([plain.encoding, text(plain.body)]).toEqual([undefined, expected]);
    const gzip = await encoded('gzip', 'identity');
    expect([gzip.encoding, text(gunzipSync(gzip.body))]).toEqual(['gzip', expected]);
    const brotli = await encoded('br', 'gzip');
    expect([brotli.encoding, text(brotliDecompressSync(brotli.body))]).toEqual(['br', expected]);
  });
});
