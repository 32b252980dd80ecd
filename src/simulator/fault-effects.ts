import { setTimeout as timer } from 'node:timers/promises';
import type { ChangeAction, ReplaceAction, WaitAction } from './faults.js';
import { type BodyCut, bytesOf } from './http.js';
import type { Page } from './paging.js';
import { htmlError, JSON_CONTENT_TYPE, jsonError, oauthError, type SimulatorResponse } from './response.js';
import type { SimulatorDestination } from './types.js';

/** Waits `ms` milliseconds on a real timer that does not keep the process alive. */
export const realDelay = (ms: number): Promise<void> => timer(ms, undefined, { ref: false });

/** Performs the waits of faults, one after the other. */
export async function performWaits(
  actions: readonly WaitAction[],
  delay: (ms: number) => Promise<void>,
): Promise<void> {
  for (const action of actions) {
    if (action.kind === 'delay') await delay(action.ms);
    else await Promise.allSettled([action.until]);
  }
}

/** The response of a fault that replaces the normal one. */
export function replacementResponse(
  action: Exclude<ReplaceAction, { kind: 'reset' | 'hang' | 'huge' }>,
): SimulatorResponse {
  switch (action.kind) {
    case 'status': {
      const { status } = action;
      const headers = {
        ...(action.retryAfter !== undefined && { 'retry-after': action.retryAfter }),
        ...action.headers,
      };
      if (action.body !== undefined) {
        const contentType = action.html ? 'text/html' : JSON_CONTENT_TYPE;
        return { status, headers, text: action.body, contentType };
      }
      return action.html ? htmlError(status, headers) : jsonError(status, undefined, headers);
    }
    case 'body':
      return { status: 200, text: action.body, contentType: action.contentType ?? JSON_CONTENT_TYPE };
    case 'redirect':
      return htmlError(302, { location: action.location });
    case 'oauth-error': {
      const isUnauthorized = action.error === 'invalid_client' || action.error === 'unauthorized';
      const description = action.description ?? `Refused: ${action.error}`;
      return oauthError(action.status ?? (isUnauthorized ? 401 : 400), action.error, description);
    }
  }
}

/**
 * Applies the changes of faults to a successful response.
 *
 * @param destination the destination whose mappings a `shift` changes
 */
export function applyChanges(
  response: SimulatorResponse,
  actions: readonly ChangeAction[],
  destination: SimulatorDestination | undefined,
): SimulatorResponse {
  let changed = response;
  for (const action of actions) {
    if (action.kind === 'bytes') changed = withBytes(changed, action);
    if (!('json' in changed)) continue;
    if (action.kind === 'rows') changed = { ...changed, json: withMappings(changed.json, action.transform) };
    else if (action.kind === 'answer') changed = { ...changed, json: action.transform(changed.json) };
    else if (action.kind === 'shift' && destination !== undefined) {
      const kept = destination.mappings.filter(({ mappingId }) => !action.remove?.includes(mappingId));
      destination.mappings = [...kept, ...(action.add ?? [])];
    }
  }
  return changed;
}

/** Where a response ends early because of its faults. */
export function cutOf(actions: readonly ChangeAction[]): BodyCut {
  for (const { kind } of actions) if (kind === 'truncate' || kind === 'stall') return kind;
  return null;
}

function withBytes(
  response: SimulatorResponse,
  { transform, contentType }: Extract<ChangeAction, { kind: 'bytes' }>,
): SimulatorResponse {
  const { status, headers } = response;
  const own = 'json' in response ? JSON_CONTENT_TYPE : response.contentType;
  const text = transform(bytesOf(response));
  return { status, ...(headers && { headers }), text, contentType: contentType ?? own };
}

function withMappings(json: unknown, transform: (mappings: unknown[]) => unknown[]): unknown {
  if (Array.isArray(json)) return transform(json as unknown[]);
  const page = json as Page;
  return { ...page, list: transform(page.list) };
}
