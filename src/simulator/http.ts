import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { type Answer, Refusal } from './answer.js';
import type { Compression } from './types.js';

type Encoding = 'identity' | 'gzip' | 'br';

const MAX_REQUEST_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
// The quickest levels: the simulator's time is not what a test or a bench wants to measure.
const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const GZIP_OPTIONS = { level: 1 };

const compressGzip = promisify<Buffer, object, Buffer>(gzip);
const compressBrotli = promisify<Buffer, object, Buffer>(brotliCompress);

/** ReadSet a request's body; throws a Refusal with 413 where it is too long. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) throw new Refusal(413, 'The request is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The headers as one text each. */
export function plainHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** The encoding of an answer to a request with that `accept-encoding`. */
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

/** Sends an answer; with `cutShort` only its first half, and then ends the connection. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  encoding: Encoding,
  cutShort = false,
): Promise<void> {
  sendBody(response, answer, await bodyOf(answer, encoding), encoding, cutShort);
}

/** What an answer consists of, on the wire. */
export function bodyOf(answer: Answer, encoding: Encoding): Promise<Buffer> | Buffer {
  return encode(Buffer.from('json' in answer ? JSON.stringify(answer.json) : answer.text), encoding);
}

/** As `send`, with the body that `bodyOf` gave. */
export function sendBody(
  response: ServerResponse,
  answer: Answer,
  body: Buffer,
  encoding: Encoding,
  cutShort: boolean,
): void {
  const isJson = 'json' in answer;
  response.writeHead(answer.status, {
    'content-type': isJson ? 'application/json;charset=UTF-8' : answer.contentType,
    'content-length': body.length,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    ...answer.headers,
  });
  if (cutShort) response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  else response.end(body);
}

/** Streams a 200 of so many bytes before compression, no faster than the client reads it. */
export async function sendHuge(response: ServerResponse, bytes: number, encoding: Encoding): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json;charset=UTF-8',
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  });
  const source = Readable.from(hugeBody(bytes), { objectMode: false });
  if (encoding === 'gzip') await pipeline(source, createGzip(GZIP_OPTIONS), response);
  else if (encoding === 'br') await pipeline(source, createBrotliCompress(BROTLI_OPTIONS), response);
  else await pipeline(source, response);
}

function* hugeBody(bytes: number): Generator<Buffer> {
  const row = '{"destinationMappingId":1,"elementName":"One of very many","elementStatus":"active","sid":1},';
  const rows = Buffer.from(row.repeat(Math.ceil(CHUNK_BYTES / row.length)));
  let left = bytes;
  for (let chunk = Buffer.from('['); left > 0; chunk = rows) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield part;
  }
}

function encode(body: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  if (encoding === 'gzip') return compressGzip(body, GZIP_OPTIONS);
  return encoding === 'br' ? compressBrotli(body, BROTLI_OPTIONS) : body;
}
