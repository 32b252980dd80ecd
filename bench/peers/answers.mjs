import { ok } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client } from '../support/client.mjs';
import { bodyOf } from './workloads.mjs';

const AT_ONCE = 8;

/**
 * Asks the gateway and every peer each request of a workload once, and writes them to files, a line each.
 *
 * @returns the file of the answers; by contender what it is to be sent, as a `Load` takes it, and the bytes of a
 * mean answer
 * @throws AssertionError where one answers otherwise than the gateway, which comes first
 */
export async function collectAnswers({ name, query, variables, fresh }, contenders, folder) {
  const answersFile = join(folder, `${name}.answers`);
  const valuesFile = join(folder, `${name}.values`);
  if (fresh !== undefined) await writeLines(valuesFile, fresh.values);
  const freshening = fresh === undefined ? {} : { fresh: { markers: fresh.markers, file: valuesFile } };
  const sent = new Map();
  let expected = null;
  for (const { key, title, port, headers } of contenders) {
    const client = new Client(port, headers);
    try {
      const requests = await variables((...question) => client.ask(...question));
      const bodies = requests.map((one) => bodyOf(query, one));
      const answers = await askAll(client, bodies);
      expected ??= answers;
      check(`${title}, ${name}`, answers, expected);
      const file = join(folder, `${name}.${key}.requests`);
      await writeLines(file, bodies);
      if (answers === expected) await writeLines(answersFile, answers);
      const bytes = answers.reduce((sum, { length }) => sum + length, 0) / answers.length;
      sent.set(key, { file, bytes, ...freshening });
    } finally {
      client.close();
    }
  }
  return { answersFile, sent };
}

async function askAll(client, bodies) {
  const answers = new Array(bodies.length);
  let next = 0;
  const work = async () => {
    while (next < bodies.length) {
      const index = next++;
      // Some end with a line feed.
      answers[index] = (await client.post(bodies[index])).trimEnd();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

function check(what, answers, expected) {
  for (const [index, answer] of answers.entries()) {
    if (answer === expected[index]) continue;
    const [got, wanted] = [answer, expected[index]].map(comparable);
    ok(
      isDeepStrictEqual(got, wanted),
      `${what}: ${answer.slice(0, 300)} is not ${expected[index].slice(0, 300)}`,
    );
  }
}

/** What has to be the same: all but cursors, which are each server's own. */
function comparable(text) {
  return JSON.parse(text, (key, value) => (key === 'endCursor' ? typeof value : value));
}

async function writeLines(file, lines) {
  await writeFile(file, `${lines.join('\n')}\n`);
}
