import { ApolloServer } from '@apollo/server';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import type { FurtherConfig } from '../support/gateway.js';
import { onFastify, startGateway } from './fast-path-support.js';

/**
 * How the fast path does without a hook or plugin of the full path. `mirrored`: the fast path does the same work.
 * `irrelevant`: the work cannot matter for a response that the fast path gives.
 */
interface Declaration {
  /** Fastify: `STAGE @ MODULE THAT ADDS THE HOOK`, or `STAGE @ route: NAME OF THE FUNCTION`. Apollo: the plugin's name. */
  readonly name: string;
  /** How often the module adds such a hook. Default: once. */
  readonly times?: number;
  readonly role: 'mirrored' | 'irrelevant';
  readonly reason: string;
}

/** Every Fastify hook that runs for requests to /graphql. */
const FASTIFY_HOOKS: readonly Declaration[] = [
  {
    name: 'onRequest @ src/server/http/stopping.ts',
    times: 2,
    role: 'mirrored',
    reason:
      'FastPath answers within milliseconds, so that the end need not refuse its requests; it asks isReady, which is false at the end.',
  },
  {
    name: 'onSend @ src/server/http/stopping.ts',
    role: 'mirrored',
    reason: 'FastPath has answers close their connections, too, while the gateway drains.',
  },
  {
    name: 'onRequest @ src/server/http/request-log.ts',
    role: 'mirrored',
    reason: 'FastPath sets x-request-id itself.',
  },
  {
    name: 'onResponse @ src/server/http/request-log.ts',
    role: 'mirrored',
    reason: 'FastPath logs the same line.',
  },
  {
    name: 'onRequest @ src/server/http/client-disconnect.ts',
    times: 3,
    role: 'irrelevant',
    reason:
      'The hooks log, audit and cancel requests that are still in progress; the fast path has no such state.',
  },
  {
    name: 'onRequest @ src/server/access/audit.ts',
    role: 'irrelevant',
    reason: 'The hook notes the address for audit lines; the fast path answers nothing that is audited.',
  },
  {
    name: 'onResponse @ src/server/access/audit.ts',
    role: 'irrelevant',
    reason: 'The hook audits denials; the fast path passes every request on that is denied something.',
  },
  {
    name: 'onResponse @ src/server/http/request-deadline.ts',
    role: 'irrelevant',
    reason: 'The hook cancels timers of the deadline; the fast path waits for nothing, so there are none.',
  },
  {
    name: 'preHandler @ src/server/http/request-deadline.ts',
    role: 'mirrored',
    reason: 'FastPath drops a request whose client has disconnected.',
  },
  {
    name: 'onSend @ src/server/http/compressor.ts',
    role: 'mirrored',
    reason: 'FastPath compresses with the same Compressor, and LearnedHeaders repeats vary.',
  },
  {
    name: 'onSend @ src/server/http/long-bodies.ts',
    role: 'mirrored',
    reason: 'FastPath sends long bodies in slices, and rejects requests while there is no room for them.',
  },
  {
    name: 'onRequest @ node_modules/@fastify/helmet',
    times: 2,
    role: 'mirrored',
    reason: 'LearnedHeaders repeats the security headers.',
  },
  {
    name: 'onRequest @ src/server/http/headers.ts',
    role: 'mirrored',
    reason: 'LearnedHeaders repeats cache-control.',
  },
  {
    name: 'onRequest @ src/server/http/errors.ts',
    role: 'mirrored',
    reason: 'FastPath takes only requests with one plain Host header.',
  },
  {
    name: 'onRequest @ node_modules/@fastify/cors',
    role: 'mirrored',
    reason: 'LearnedHeaders repeats the CORS headers of a request with the same origin.',
  },
  {
    name: 'onRequest @ src/server/access/guard.ts',
    times: 3,
    role: 'mirrored',
    reason:
      'FastPath finds the caller, counts the rate, checks the host, and asks isReady, which is false while the event loop is behind; FastResponder checks the permission.',
  },
  {
    name: 'preParsing @ src/server/fast-path.ts',
    role: 'irrelevant',
    reason: 'The hook gives Fastify a body that the fast path has read.',
  },
  {
    name: 'preParsing @ src/server/http/slow-bodies.ts',
    role: 'irrelevant',
    reason: 'The fast path passes a body on that does not arrive within 50 ms.',
  },
  {
    name: 'preValidation @ src/server/http/slow-bodies.ts',
    role: 'irrelevant',
    reason: 'The hook stops watching a body; the fast path watches none.',
  },
  {
    name: 'onSend @ src/server/http/slow-bodies.ts',
    role: 'irrelevant',
    reason: 'The hook waits for the rest of the body; the fast path has read the whole body.',
  },
  {
    name: 'onRequestAbort @ src/server/http/slow-bodies.ts',
    role: 'irrelevant',
    reason: 'The hook stops watching a body; the fast path watches none.',
  },
  {
    name: 'preParsing @ src/server/http/json-bodies.ts',
    role: 'mirrored',
    reason: 'FastPath takes no request with a content-encoding.',
  },
  {
    name: 'onSend @ src/server/access/costly-rejections.ts',
    role: 'irrelevant',
    reason: 'The hook delays only responses with a status from 400 to 499.',
  },
  {
    name: 'onResponse @ route: learnHeaders',
    role: 'irrelevant',
    reason: 'The hook teaches LearnedHeaders.',
  },
];

/** Every plugin of Apollo Server. */
const APOLLO_PLUGINS: readonly Declaration[] = [
  {
    name: 'recordOperations',
    role: 'mirrored',
    reason: 'FastPath records the operation, counts the request and observes its duration.',
  },
  {
    name: 'limitOperations',
    role: 'mirrored',
    reason:
      'FastResponder knows only operations that passed it, and checks trust, permission, IDs and cost again.',
  },
  { name: 'reportDefects', role: 'irrelevant', reason: 'No response of the fast path has errors.' },
  { name: 'boundErrors', role: 'irrelevant', reason: 'No response of the fast path has errors.' },
  {
    name: 'noteAnswers',
    role: 'irrelevant',
    reason: 'The fast path writes its responses itself, and leaves long ones to Apollo Server.',
  },
  { name: 'cacheControlDisabled', role: 'irrelevant', reason: 'The plugin does nothing.' },
  { name: 'inlineTraceDisabled', role: 'irrelevant', reason: 'The plugin does nothing.' },
  { name: 'landingPageDisabled', role: 'irrelevant', reason: 'The plugin does nothing.' },
  { name: 'sandboxPage', role: 'irrelevant', reason: 'The page is sent only for GET.' },
  {
    name: 'default landing page',
    role: 'irrelevant',
    reason: 'Apollo Server adds it and does not use it beside another landing page.',
  },
  {
    name: 'DisableSuggestions',
    role: 'irrelevant',
    reason: 'Apollo Server adds it without introspection; it changes only validation errors.',
  },
];

/** What has to be done about a difference between a table above and what is registered. */
const REMEDY = 'Make the fast path do the same work if it matters there, then declare it in the table above';

/** One message for each hook that is not registered as often as it is declared. */
function undeclaredHooks(found: readonly string[]): string[] {
  const declared = new Map(FASTIFY_HOOKS.map(({ name, times = 1 }) => [name, times]));
  const names = new Set([...declared.keys(), ...found]);
  return [...names].flatMap((name) => {
    const times = found.filter((each) => each === name).length;
    const expected = declared.get(name) ?? 0;
    return times === expected ? [] : [`${name}: declared ${expected}, registered ${times} times. ${REMEDY}`];
  });
}

/** One message for each plugin that is not declared. */
function undeclaredPlugins(found: readonly string[]): string[] {
  const declared = new Set(APOLLO_PLUGINS.map(({ name }) => name));
  return found.filter((name) => !declared.has(name)).map((name) => `${name} is not declared. ${REMEDY}`);
}

/** Hooks of the application. They do not run for requests. */
const APPLICATION_HOOKS: ReadonlySet<string> = new Set([
  'onRoute',
  'onRegister',
  'onReady',
  'onListen',
  'preClose',
  'onClose',
]);

type AddHook = (name: string, hook: unknown) => FastifyInstance;

/** Finds the hooks that a Fastify instance has, and the modules that added them. */
class HookFinder {
  readonly #server: FastifyInstance;
  readonly #modules = new Map<unknown, string>();
  readonly #routes: RouteOptions[] = [];

  /** @param server as Fastify has just created it */
  constructor(server: FastifyInstance) {
    this.#server = server;
    const modules = this.#modules;
    const addHook = Reflect.get(server, 'addHook') as AddHook;
    Object.assign(server, {
      addHook: function (this: FastifyInstance, name: string, hook: unknown): FastifyInstance {
        modules.set(hook, callingModule());
        return addHook.call(this, name, hook);
      },
    });
    server.addHook('onRoute', (route) => {
      this.#routes.push(route);
    });
  }

  /** The hooks that run for POST /graphql, named as in `FASTIFY_HOOKS`. */
  find(): string[] {
    const route = this.#routes.find(({ url, method }) => url === '/graphql' && method.includes('POST'));
    if (route === undefined) throw new Error('there is no route /graphql');
    const found: string[] = [];
    for (const [stage, hooks] of Object.entries(hooksOf(this.#server))) {
      if (APPLICATION_HOOKS.has(stage)) continue;
      for (const hook of hooks) found.push(`${stage} @ ${this.#modules.get(hook) ?? 'unknown module'}`);
      const own: unknown = Reflect.get(route, stage) ?? [];
      for (const hook of [own].flat()) found.push(`${stage} @ route: ${(hook as () => void).name}`);
    }
    return found;
  }
}

/** All hooks of a Fastify instance by stage, which Fastify keeps under a symbol. */
function hooksOf(server: FastifyInstance): Readonly<Record<string, readonly unknown[]>> {
  const symbol = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'fastify.hooks',
  );
  if (symbol === undefined) throw new Error('Fastify keeps its hooks elsewhere; find them there');
  return Reflect.get(server, symbol) as Readonly<Record<string, readonly unknown[]>>;
}

/** The package or the source file that called `addHook`. */
function callingModule(): string {
  // Three lines are the message, this function and the replaced addHook.
  const line = new Error().stack?.split('\n')[3] ?? '';
  const [module = line] = /node_modules\/(@[^/]+\/)?[^/]+|(src|test)\/[\w/.-]+\.ts/.exec(line) ?? [];
  return module;
}

interface ApolloPlugin {
  readonly name?: string;
  readonly __internal_plugin_id__?: string;
  readonly __internal_installed_implicitly__?: boolean;
}

/** The names of an Apollo Server's plugins. Its own plugins have an ID in place of a name. */
function pluginsOf(apollo: unknown): string[] {
  const { plugins } = Reflect.get(apollo as object, 'internals') as { plugins: readonly ApolloPlugin[] };
  return plugins.map(({ name, __internal_plugin_id__: id, __internal_installed_implicitly__: isImplicit }) =>
    isImplicit === true ? 'default landing page' : (name ?? id ?? 'a plugin without a name'),
  );
}

/** Starts a gateway and finds its hooks and plugins. */
async function findAll(
  config: FurtherConfig = {},
  onServer: (server: FastifyInstance) => void = () => undefined,
): Promise<{ hooks: string[]; plugins: string[] }> {
  const finders: HookFinder[] = [];
  using _ = onFastify((server) => {
    finders.push(new HookFinder(server));
    onServer(server);
  });
  const start = vi.spyOn(ApolloServer.prototype, 'start');
  await using _gateway = await startGateway(config);
  const [apollo] = start.mock.contexts;
  const [finder] = finders;
  if (finder === undefined || apollo === undefined) throw new Error('the gateway has no server');
  return { hooks: finder.find(), plugins: pluginsOf(apollo) };
}

describe('hooks and plugins of the full path', () => {
  it.each<[string, FurtherConfig]>([
    ['by default', {}],
    ['with Sandbox', { listen: { port: 0, sandbox: true } }],
    ['without introspection', { limits: { introspection: false } }],
    ['with a list of origins', { listen: { port: 0, cors: ['https://reports.example.com'] } }],
  ])('are all declared for the fast path, %s', async (_, config) => {
    const { hooks, plugins } = await findAll(config);
    expect(undeclaredHooks(hooks)).toEqual([]);
    expect(undeclaredPlugins(plugins)).toEqual([]);
  });

  it('are found when a hook is added to the server', async () => {
    const { hooks } = await findAll({}, (server) => {
      server.addHook('preHandler', (_request, _reply, done) => done());
    });
    expect(undeclaredHooks(hooks)).toEqual([
      `preHandler @ test/server/fast-path-hooks.test.ts: declared 0, registered 1 times. ${REMEDY}`,
    ]);
  });

  it('are found when a hook is added to the route', async () => {
    const { hooks } = await findAll({}, (server) => {
      server.addHook('onRoute', (route) => {
        if (route.url === '/graphql')
          route.onSend = function extra(_request, _reply, _payload, done): void {
            done();
          };
      });
    });
    expect(undeclaredHooks(hooks)).toEqual([
      `onSend @ route: extra: declared 0, registered 1 times. ${REMEDY}`,
    ]);
  });

  it('are found when a declared module adds a further hook', async () => {
    const { hooks } = await findAll();
    expect(undeclaredHooks([...hooks, 'onRequest @ src/server/access/guard.ts'])).toEqual([
      `onRequest @ src/server/access/guard.ts: declared 3, registered 4 times. ${REMEDY}`,
    ]);
  });

  it('are found when a plugin is added to Apollo Server', async () => {
    const start = Reflect.get(ApolloServer.prototype, 'start');
    vi.spyOn(ApolloServer.prototype, 'start').mockImplementation(async function (this: ApolloServer) {
      this.addPlugin({ requestDidStart: () => Promise.resolve() });
      await start.call(this);
    });
    const { plugins } = await findAll();
    expect(undeclaredPlugins(plugins)).toEqual([`a plugin without a name is not declared. ${REMEDY}`]);
  });
});
