/** Minimum length of a chunk, in UTF-16 code units. Only the last chunk may be shorter. */
const MIN_CHUNK_LENGTH = 64 * 1024;

/** Joins short texts into chunks of about 64 Ki characters, because every write to a stream has a fixed cost. */
export async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  let chunk = '';
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < MIN_CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
