import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

/**
 * The least that a server in Node.js can do: parse the body, and write an answer that it has already.
 * Its arguments are files in pairs: requests and their answers, line by line.
 */
const answers = new Map();
const files = process.argv.slice(2);
for (let pair = 0; pair < files.length; pair += 2) {
  const [requests, texts] = [files[pair], files[pair + 1]].map((file) =>
    readFileSync(file, 'utf8').trimEnd().split('\n'),
  );
  for (const [index, request] of requests.entries()) answers.set(keyOf(request), Buffer.from(texts[index]));
}
process.on('disconnect', () => process.exit());

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    if (typeof JSON.parse(text).query !== 'string') throw new Error('no query');
    const answer = answers.get(keyOf(text));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': answer.length,
    });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

/** Requests differ in their variables, which come last; hashing all of a long one would count as its work. */
function keyOf(request) {
  return request.slice(-400);
}
