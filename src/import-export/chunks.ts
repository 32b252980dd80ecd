/** Characters. */
const CHUNK = 64 * 1024;

/** The same text in fewer, larger pieces: what takes them has a price a piece. */
export async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
