import { TOOL_OPERATIONS } from './assistants/operations.js';
import type { Config } from './config/index.js';
import type { Parts } from './gateway-parts.js';
import type { Peers } from './gateway-peers.js';
import {
  Admission,
  DEFAULT_SAMPLES,
  FastResponder,
  createApolloServer,
  type SampleOperation,
  createSchema,
} from './graphql/index.js';
import { Authenticator, MessageSignatures, Server, inspectAccess } from './server/index.js';

export { createSchema };

export type Schema = ReturnType<typeof createSchema>;

/** The parts in front of the directory: HTTP server, access control, limits and the fast path. */
export interface Front {
  /** Does not listen yet. */
  readonly server: Server;
  readonly access: Authenticator;
  readonly admission: Admission;
  readonly responder: FastResponder;
  readonly signatures: MessageSignatures;
  readonly inspectAccess: typeof inspectAccess;
}

/** What the front needs besides configuration and parts. */
interface FrontOptions {
  readonly schema: Schema;
  /** Operations that the explorer and Apollo Sandbox show first. Default: `DEFAULT_SAMPLES`. */
  readonly samples?: readonly SampleOperation[];
  /** The folder with the built pages for browsers; `null`: they are not built. */
  readonly pages: URL | null;
  /** What several processes have in common; left out: the gateway is one process. */
  readonly peers?: Peers | undefined;
}

/** Creates the front. */
export async function createFront(
  config: Config,
  { directory, upstream }: Parts,
  { schema, samples = DEFAULT_SAMPLES, pages, peers }: FrontOptions,
): Promise<Front> {
  const { metrics, logger, tracing, clock, fetch } = upstream;
  const { access: accessConfig, limits, listen } = config;
  const access = new Authenticator(accessConfig, { clock, fetch, logger });
  const own = listen.mcp ? TOOL_OPERATIONS : [];
  const admission = new Admission(limits, accessConfig?.trustedDocuments ?? null, own);
  const responder = new FastResponder({
    schema,
    limits,
    admission,
    metrics,
    maxResponseBytes: config.cache.maxAnswerBytes,
  });
  // Responses that list destinations, or that have found none, are not valid any more.
  directory.discovery.onChange(() => responder.clear());
  const apollo = createApolloServer({
    schema,
    logger,
    metrics,
    limits,
    admission,
    responder,
    samples: listen.sandbox ? samples : null,
  });
  const signatures = new MessageSignatures(config.messages.signature);
  await apollo.start();
  const server = new Server({
    config,
    apollo,
    samples,
    pages,
    access,
    admission,
    responder,
    signatures,
    directory,
    metrics,
    scrape: peers?.scrape,
    allowances: peers?.allowances,
    logger,
    tracing,
    clock,
  });
  return { server, access, admission, responder, signatures, inspectAccess };
}
