import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { HttpError, JSON_CONTENT_TYPE, type SimulatorResponse } from './response.js';
import type { Compression } from './types.js';

type Encoding = 'identity' | 'gzip' | 'br';

const MAX_REQUEST_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
// The fastest levels, so that tests and benchmarks do not measure the simulator.
const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const GZIP_OPTIONS = { level: 1 };

const compressGzip = promisify<Buffer, object, Buffer>(gzip);
const compressBrotli = promisify<Buffer, object, Buffer>(brotliCompress);

/** Reads the body of a request. @throws {HttpError} 413 if it is longer than 1 MiB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) throw new HttpError(413, 'The request is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The headers of a request by lower-case name. The values of a repeated header are joined with commas. */
export function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** Selects the content encoding of a response by the simulator's setting and the request's `accept-encoding`. */
export function encodingFor(compression: Compression, acceptEncoding = ''): Encoding {
  if (compression !== 'auto') return compression === 'none' ? 'identity' : compression;
  const accepted = acceptEncoding
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(';', 1)[0]?.trim());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

/** Encodes the body of a response and sends both. */
export async function sendResponse(
  target: ServerResponse,
  response: SimulatorResponse,
  encoding: Encoding,
): Promise<void> {
  sendEncoded(target, response, await encodeBody(response, encoding), encoding);
}

/** The body of a response before compression. */
export function bytesOf(response: SimulatorResponse): Buffer {
  const body = 'json' in response ? JSON.stringify(response.json) : response.text;
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** Serializes and compresses the body of a response. */
export function encodeBody(response: SimulatorResponse, encoding: Encoding): Promise<Buffer> | Buffer {
  return compress(bytesOf(response), encoding);
}

/** What follows the first half of a body: the end of the connection, nothing at all, or `null`: the other half. */
export type BodyCut = 'truncate' | 'stall' | null;

/** Sends a response with the body that `encodeBody` returned. */
export function sendEncoded(
  target: ServerResponse,
  response: SimulatorResponse,
  body: Buffer,
  encoding: Encoding,
  cut: BodyCut = null,
): void {
  target.writeHead(response.status, {
    'content-type': 'json' in response ? JSON_CONTENT_TYPE : response.contentType,
    'content-length': body.length,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    ...response.headers,
  });
  if (cut === null) target.end(body);
  else target.write(body.subarray(0, body.length >> 1), () => cut === 'truncate' && target.destroy());
}

/** Streams a response of `bytes` bytes (before compression) with status 200, as fast as the client reads it. */
export async function sendHuge(target: ServerResponse, bytes: number, encoding: Encoding): Promise<void> {
  target.writeHead(200, {
    'content-type': JSON_CONTENT_TYPE,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  });
  const source = Readable.from(hugeBody(bytes), { objectMode: false });
  if (encoding === 'gzip') await pipeline(source, createGzip(GZIP_OPTIONS), target);
  else if (encoding === 'br') await pipeline(source, createBrotliCompress(BROTLI_OPTIONS), target);
  else await pipeline(source, target);
}

function* hugeBody(bytes: number): Generator<Buffer> {
  const mapping =
    '{"destinationMappingId":1,"elementName":"One of very many","elementStatus":"active","sid":1},';
  const mappings = Buffer.from(mapping.repeat(Math.ceil(CHUNK_BYTES / mapping.length)));
  let left = bytes;
  for (let chunk = Buffer.from('['); left > 0; chunk = mappings) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield part;
  }
}

function compress(body: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  if (encoding === 'gzip') return compressGzip(body, GZIP_OPTIONS);
  return encoding === 'br' ? compressBrotli(body, BROTLI_OPTIONS) : body;
}
