import type { Occasion } from './checks.js';
import { send, type GraphqlAnswer } from './client.js';
import { CALLERS, type Caller } from './configuration.js';
import type { Dice } from './dice.js';
import type { Way } from './floors.js';
import type { GatewayProcess } from './gateway-process.js';
import type { World } from './world.js';

/** A request, and what is expected of it whatever it is about. */
export interface Question {
  /** For people. */
  readonly what: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Default: from memory. */
  readonly way?: Way;
  /** Default: the one who may do everything. */
  readonly caller?: Caller;
  /** When the client disconnects. Default: it waits for the answer. */
  readonly leaveAfterMs?: number | null;
}

export interface Reply {
  readonly occasion: Occasion;
  readonly data: Readonly<Record<string, unknown>>;
  /** Codes of the errors. */
  readonly codes: readonly string[];
  readonly answer: GraphqlAnswer;
}

/** Codes of failures for which Audience Manager is the reason. */
export const AAM_CODES: ReadonlySet<string> = new Set([
  'AAM_AUTH_FAILED',
  'AAM_FORBIDDEN',
  'AAM_NOT_FOUND',
  'AAM_RATE_LIMITED',
  'AAM_UNAVAILABLE',
  'AAM_BAD_RESPONSE',
]);

/** Sends a question. @returns `null` if nothing can be said of the answer: the client or the gateway was gone */
export async function ask(world: World, life: GatewayProcess, question: Question): Promise<Reply | null> {
  const { what, query, variables, way = 'memory', caller = CALLERS[0], leaveAfterMs = null } = question;
  const from = Date.now();
  const outcome = await send(life, caller.key, query, variables, leaveAfterMs);
  const occasion: Occasion = {
    life,
    way,
    from,
    to: Date.now(),
    what: `${what} ${JSON.stringify(variables)}`,
  };
  if (outcome.kind === 'left' || (outcome.kind !== 'answer' && life.hasEndedBy(occasion.to))) return null;
  if (outcome.kind !== 'answer') {
    world.violate('a gateway that is up answers every request', occasion, outcome, life.lastLines.slice(-3));
    return null;
  }
  world.answers += 1;
  const { answer } = outcome;
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions.code);
  if (codes.includes('INTERNAL_SERVER_ERROR')) {
    world.violate('no answer is an internal error', occasion, answer.errors, life.lastLines.slice(-3));
  }
  return { occasion, data: answer.data ?? {}, codes, answer };
}

/** When a client that does not wait for its answer leaves; mostly `null`. */
export function patience(dice: Dice): number | null {
  return dice.chance(0.05) ? dice.between(0, 40) : null;
}

/** Whether what needs the storage may have failed while this was answered. */
export function mayStorageFail(world: World, { from }: Occasion): boolean {
  return from <= world.storageFailsUntil;
}
