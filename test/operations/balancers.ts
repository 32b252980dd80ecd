import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { TemporaryFolder } from '../support/command.js';
import { findProgram } from '../support/programs.js';

export const HAPROXY = findProgram('haproxy');
export const NGINX = findProgram('nginx');

/** Maximum time for a balancer to listen, in milliseconds. */
const START_MS = 10_000;

/** A load balancer with a configuration of deploy/, in front of gateways on this machine. */
export class Balancer implements AsyncDisposable {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: TemporaryFolder;
  readonly #exit: Promise<unknown>;
  #output = '';

  private constructor(port: number, process: ChildProcess, folder: TemporaryFolder) {
    this.url = `http://127.0.0.1:${port}/graphql`;
    this.#process = process;
    this.#folder = folder;
    this.#exit = once(process, 'close');
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  static async haproxy(port: number, gateways: readonly number[]): Promise<Balancer> {
    const folder = await TemporaryFolder.create();
    const text = await configuration('deploy/haproxy.cfg', port, gateways, {
      listen: /^ {2}bind :4000$/m,
      server: /^ {2}server gateway-\d.*\n/gm,
    });
    const file = await folder.write('haproxy.cfg', text);
    const process = spawn(HAPROXY ?? '', ['-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    return await new Balancer(port, process, folder).#listening(port);
  }

  static async nginx(port: number, gateways: readonly number[]): Promise<Balancer> {
    const folder = await TemporaryFolder.create();
    const text = await configuration('deploy/nginx.conf', port, gateways, {
      listen: /^ {2}listen 4000;$/m,
      server: /^ {2}server gateway-\d.*\n/gm,
    });
    await folder.write('gateways.conf', text);
    // As Debian's and the image's own file, for a user of this machine.
    const file = await folder.write(
      'nginx.conf',
      `daemon off; pid ${folder.path}/pid; error_log stderr error; worker_processes 1;
      events { worker_connections 1024; }
      http {
        access_log off; client_body_temp_path ${folder.path}; proxy_temp_path ${folder.path};
        fastcgi_temp_path ${folder.path}; uwsgi_temp_path ${folder.path}; scgi_temp_path ${folder.path};
        include ${folder.path}/gateways.conf;
      }`,
    );
    const process = spawn(NGINX ?? '', ['-c', file, '-p', folder.path], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await new Balancer(port, process, folder).#listening(port);
  }

  /** What it has written; for the message of a test that fails. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#exit;
    await this.#folder[Symbol.asyncDispose]();
  }

  async #listening(port: number): Promise<this> {
    const start = performance.now();
    while (!(await accepts(port))) {
      if (this.#process.exitCode !== null || performance.now() - start > START_MS) {
        throw new Error(`the balancer does not listen:\n${this.#output}`);
      }
    }
    return this;
  }
}

/** The configuration of deploy/, with this machine's addresses in place of those of containers. */
async function configuration(
  path: string,
  port: number,
  gateways: readonly number[],
  places: { readonly listen: RegExp; readonly server: RegExp },
): Promise<string> {
  const text = await readFile(path, 'utf8');
  const [line] = text.match(places.server) ?? [];
  const listen = places.listen.exec(text)?.[0];
  if (line === undefined || listen === undefined) throw new Error(`${path} has changed: adapt this test`);
  const servers = gateways.map((each, index) =>
    line.replace('gateway-1:4000', `127.0.0.1:${each}`).replace('gateway-1', `gateway-${index + 1}`),
  );
  let isFirst = true;
  return text
    .replace(places.server, () => {
      const replacement = isFirst ? servers.join('') : '';
      isFirst = false;
      return replacement;
    })
    .replace(
      places.listen,
      listen.replace(/:?4000/, (address) => address.replace(/:?4000/, `127.0.0.1:${port}`)),
    );
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
