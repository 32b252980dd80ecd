import { fileURLToPath } from 'node:url';
import fastifyStatic, { type SendOptions } from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.js';
import { varyBy } from '../http/headers.js';
import { EXPLORER_POLICY, PAGE_POLICY } from '../http/page-policies.js';

/** The addresses of the page. `src/web/app/routes.ts` has the same. */
export const PAGE_ADDRESSES = [
  '/search',
  '/destinations',
  '/destinations/:customer/:destination',
  '/destinations/:customer/:destination/segments/:idType/:id',
  '/load',
  '/imports',
  '/imports/:id',
  '/sign-in',
] as const;

/** Matches the names of built files. All are in one folder. */
const ASSET_NAME = /^(?!\.)[\w.-]+$/;

/** Names of built files contain a hash of their content, so that they never change. */
const ASSETS_CACHING: SendOptions = { cacheControl: true, maxAge: '365d', immutable: true };

/** A browser asks each time whether the HTML has changed, because it names the other files. */
const HTML_CACHING = 'no-cache';

const NOT_BUILT =
  'The page of this gateway is not built. Run "npm run build" in the folder of the program, and start the gateway again.\nThe API is at /graphql.\n';

/** Which pages are served. */
export interface PageRouteOptions {
  readonly listen: Pick<Config['listen'], 'page' | 'explorer' | 'sandbox'>;
  /** The folder with the built pages; `null`: they are not built. */
  readonly folder: URL | null;
}

/**
 * Adds the page for people at `/` and at its other addresses, the explorer and its files. They contain no data, so they
 * need no caller, and are not counted: what they ask for is. If the pages are not built, each says how to build them.
 */
export async function addPageRoutes(server: FastifyInstance, options: PageRouteOptions): Promise<void> {
  const { page, explorer, sandbox } = options.listen;
  const { folder } = options;
  const open = { config: { uncounted: true, quiet: true } };

  server.get('/', open, async (request, reply) => {
    varyBy(reply, 'accept');
    return page && wantsHtml(request) ? sendHtml(reply, folder, PAGE) : reply.redirect('/graphql', 302);
  });
  if (page) {
    for (const address of PAGE_ADDRESSES) {
      server.get(address, open, async (_request, reply) => sendHtml(reply, folder, PAGE));
    }
    server.get('/page.json', open, () => ({ explorer, sandbox }));
  }
  if (explorer) server.get('/explorer', open, async (_request, reply) => sendHtml(reply, folder, EXPLORER));
  if (sandbox) server.get('/sandbox', async (_request, reply) => reply.redirect('/graphql', 302));
  if (folder === null || !(page || explorer)) return;
  await server.register(fastifyStatic, {
    root: fileURLToPath(folder),
    serve: false,
    preCompressed: true,
    cacheControl: false,
    index: false,
  });
  server.get<{ Params: { name: string } }>('/assets/:name', open, async (request, reply) => {
    const { name } = request.params;
    if (!ASSET_NAME.test(name)) {
      reply.callNotFound();
      return reply;
    }
    varyBy(reply, 'accept-encoding');
    return sendFile(reply, `assets/${name}`, ASSETS_CACHING);
  });
}

/**
 * Answers a browser that asks for an address that does not exist: the page says so in the person's language.
 *
 * @returns whether it was answered
 */
export function sendMissingPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { listen, folder }: PageRouteOptions,
): boolean {
  if (!listen.page || folder === null || request.method !== 'GET' || !wantsHtml(request)) return false;
  void sendHtml(reply.code(404), folder, PAGE);
  return true;
}

interface HtmlFile {
  readonly name: string;
  readonly policy: string;
}

const PAGE: HtmlFile = { name: 'index.html', policy: PAGE_POLICY };
const EXPLORER: HtmlFile = { name: 'explorer.html', policy: EXPLORER_POLICY };

function sendHtml(reply: FastifyReply, folder: URL | null, { name, policy }: HtmlFile): FastifyReply {
  if (folder === null) return reply.code(501).type('text/plain; charset=utf-8').send(NOT_BUILT);
  const isFound = reply.statusCode === 200;
  varyBy(reply, 'accept-encoding');
  reply.headers({
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    ...(isFound ? { 'cache-control': HTML_CACHING } : {}),
  });
  // Without them, a browser cannot ask whether a missing page has changed, and be told that it has not.
  return sendFile(reply, name, { etag: isFound, lastModified: isFound, acceptRanges: false });
}

function sendFile(reply: FastifyReply, path: string, options: SendOptions = {}): FastifyReply {
  // Node.js warns of more listeners than usual, and the hooks of the server have some already.
  reply.raw.setMaxListeners(reply.raw.getMaxListeners() + 3);
  return reply.sendFile(path, options);
}

/** Whether a request is a browser's for a page. Programs that take JSON get what they got without a page. */
function wantsHtml({ headers }: FastifyRequest): boolean {
  const accepted = headers.accept ?? '';
  return /(?:^|[\s,])text\/html(?=$|[\s,;])/.test(accepted) && !/[/+]json/.test(accepted);
}
