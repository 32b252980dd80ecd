import { setTimeout as timer } from 'node:timers/promises';
import { type Answer, errorAnswer, htmlAnswer, oauthError } from './answer.js';
import type { ChangeAction, ReplaceAction, WaitAction } from './faults.js';
import type { Page } from './paging.js';
import type { SimulatorDestination } from './types.js';

/** A real wait that does not keep the process alive. */
export const realDelay = (ms: number): Promise<void> => timer(ms, undefined, { ref: false });

/** Waits as the faults say, one after the other. */
export async function waitFor(
  actions: readonly WaitAction[],
  delay: (ms: number) => Promise<void>,
): Promise<void> {
  for (const action of actions) {
    if (action.kind === 'delay') await delay(action.ms);
    else await Promise.allSettled([action.until]);
  }
}

/** The answer of a fault that has one of its own. */
export function faultAnswer(action: Exclude<ReplaceAction, { kind: 'reset' | 'hang' | 'huge' }>): Answer {
  switch (action.kind) {
    case 'status': {
      const headers = {
        ...(action.retryAfter !== undefined && { 'retry-after': action.retryAfter }),
        ...action.headers,
      };
      if (action.body !== undefined) {
        const contentType = action.html ? 'text/html' : 'application/json;charset=UTF-8';
        return { status: action.status, headers, text: action.body, contentType };
      }
      return action.html
        ? htmlAnswer(action.status, headers)
        : errorAnswer(action.status, undefined, headers);
    }
    case 'body':
      return {
        status: 200,
        text: action.body,
        contentType: action.contentType ?? 'application/json;charset=UTF-8',
      };
    case 'redirect':
      return htmlAnswer(302, { location: action.location });
    case 'oauth-error': {
      const unauthorized = action.error === 'invalid_client' || action.error === 'unauthorized';
      const description = action.description ?? `Refused: ${action.error}`;
      return oauthError(action.status ?? (unauthorized ? 401 : 400), action.error, description);
    }
  }
}

/** A good JSON answer after the faults that change it. `destination` is the one whose mappings shift. */
export function changedAnswer(
  answer: Answer,
  actions: readonly ChangeAction[],
  destination: SimulatorDestination | undefined,
): Answer {
  let changed = answer;
  for (const action of actions) {
    if (!('json' in changed)) break;
    if (action.kind === 'rows') changed = { ...changed, json: withRows(changed.json, action.transform) };
    else if (action.kind === 'answer') changed = { ...changed, json: action.transform(changed.json) };
    else if (action.kind === 'shift' && destination !== undefined) {
      const kept = destination.mappings.filter(({ mappingId }) => !action.remove?.includes(mappingId));
      destination.mappings = [...kept, ...(action.add ?? [])];
    }
  }
  return changed;
}

function withRows(json: unknown, transform: (rows: unknown[]) => unknown[]): unknown {
  if (Array.isArray(json)) return transform(json as unknown[]);
  const page = json as Page;
  return { ...page, list: transform(page.list) };
}
