import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setPriority, constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { FRESH, KINDS } from './kinds.mjs';

/** A hostile caller: sends one kind of request without pause, and says what became of it. */
setPriority(constants.priority.PRIORITY_LOW);
process.on('disconnect', () => process.exit());
process.on('message', async (order) => {
  try {
    process.send({ result: await attack(order) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});

/** After so long without an answer there is none. */
const MAX_MS = 15_000;

async function attack({ kind: name, port, key, seconds }) {
  const kind = KINDS.find((each) => each.name === name);
  const { connections = 1 } = kind;
  const end = performance.now() + seconds * 1_000;
  const answers = new Map();
  let longest = 0;
  const note = ({ answer, ms }) => {
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    longest = Math.max(longest, ms);
  };
  const one = kind.isUnread === true ? unread : kind.drip === undefined ? repeatedly : slowly;
  await Promise.all(Array.from({ length: connections }, () => one(kind, { port, key, end, note })));
  return { answers: [...answers].sort(([, a], [, b]) => b - a), longest };
}

/** One connection, and a new one where that is closed. */
async function repeatedly(kind, { port, key, end, note }) {
  const { pipelined = 1 } = kind;
  const payload = Buffer.concat(Array(pipelined).fill(kind.send(key)));
  const freshAt = payload.indexOf(FRESH);
  let connection = null;
  let count = Math.floor(Math.random() * 9e7);
  while (performance.now() < end) {
    connection ??= await Connection.open(port);
    if (freshAt !== -1) payload.write(String(count++ % 1e8).padStart(8, '0'), freshAt + 1, 'latin1');
    const start = performance.now();
    connection.write(payload);
    for (let index = 0; index < pipelined && connection !== null; index++) {
      const { answer, isLast } = await connection.answer();
      note({ answer, ms: performance.now() - start });
      if (isLast) {
        connection.destroy();
        connection = null;
      }
    }
  }
  connection?.destroy();
}

/** One request that does not come to an end. */
async function slowly(kind, { port, key, note }) {
  const start = performance.now();
  const connection = await Connection.open(port);
  const answered = connection.answer();
  let isOver = false;
  void answered.finally(() => {
    isOver = true;
  });
  const dripping = (async () => {
    for (const piece of kind.drip(key)) {
      if (isOver) return;
      connection.write(piece);
      await Promise.race([answered, sleep(1_000)]);
    }
  })();
  const { answer } = await answered;
  note({ answer, ms: performance.now() - start });
  connection.destroy();
  await dripping;
}

/** One request whose answer is never read. */
async function unread(kind, { port, key, end, note }) {
  const start = performance.now();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => {
    socket.once('close', () => resolve('closed'));
  });
  socket.write(kind.send(key));
  // A socket that is not read does not notice that it is closed, unless something is sent on it.
  const probe = setInterval(() => socket.write(' '), 250);
  const answer = await Promise.race([closed, sleep(end - start, 'not read', { ref: false })]);
  clearInterval(probe);
  note({ answer, ms: performance.now() - start });
  socket.destroy();
}

/** A connection whose answers are read one after the other. */
class Connection {
  #socket;
  #received = Buffer.alloc(0);
  #wake = () => undefined;
  #isClosed = false;

  static async open(port) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  destroy() {
    this.#socket.destroy();
  }

  /** The next answer: its status with the first code in it, and whether the connection ends with it. */
  async answer() {
    const late = performance.now() + MAX_MS;
    for (;;) {
      const found = this.#take();
      if (found !== null) return found;
      if (this.#isClosed) return { answer: 'closed', isLast: true };
      if (performance.now() > late) return { answer: 'no answer', isLast: true };
      await Promise.race([
        new Promise((resolve) => {
          this.#wake = resolve;
        }),
        sleep(MAX_MS, undefined, { ref: false }),
      ]);
    }
  }

  #take() {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return null;
    const head = this.#received.subarray(0, headEnd).toString('latin1');
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return null;
    const body = this.#received.subarray(headEnd + 4, end).toString();
    this.#received = this.#received.subarray(end);
    const code = /"code":"(\w+)"/.exec(body)?.[1] ?? '';
    return {
      answer: `${head.slice(9, 12)} ${code}`.trimEnd(),
      isLast: /\r\nconnection: close/i.test(head),
    };
  }
}
