import type { Redactor } from '../telemetry/redaction.js';
import type { Account } from './account.js';
import { AudienceManagerError } from './errors.js';
import type { LogInPause } from './log-ins.js';
import { knownCode, ownWords, type Refusal } from './refusal.js';

const EXPIRED = 'expired (passwords expire after 30 or 90 days)';
const LOCKED = 'locked (after five failed log-ins)';
const CLIENT = 'audienceManager.password.clientId or clientSecret';
const PROJECT = "the customer's project in the Adobe Developer Console";

/** `error_code` of Adobe's API gateway: the x-api-key is not valid. */
const INVALID_API_KEY = '403003';

/**
 * Says that the token endpoint rejected the credentials, what it answered, and what can be the matter. Without secrets.
 * Source: "Getting started with Audience Manager REST APIs", password requirements.
 */
export function rejectionMessage(account: Account, refusal: Refusal | null, redactor: Redactor): string {
  const said = ownWords(refusal, account, redactor);
  return `Audience Manager rejected the credentials${said}. ${whatIsTheMatter(account, refusal)}`;
}

function whatIsTheMatter(account: Account, refusal: Refusal | null): string {
  const code = knownCode(refusal);
  if (code === 'invalid_scope') {
    return `Check audienceManager.serverToServer.scopes, and that ${PROJECT} has the API of Audience Manager.`;
  }
  if (account.type === 'server-to-server') {
    return `The client ID or the client secret is wrong, or the secret was revoked or has expired: see ${PROJECT}.`;
  }
  if (code === 'invalid_client' || code === 'unauthorized_client')
    return `Check ${CLIENT}: one of them is wrong.`;
  if (code !== 'invalid_grant') {
    return `Either ${CLIENT} is wrong, or the customer's user is ${LOCKED}, or its password is ${EXPIRED} or wrong.`;
  }
  const text = refusal?.text ?? '';
  if (/\block/i.test(text)) {
    return `The customer's user is ${LOCKED}: an administrator of the customer has to unlock it.`;
  }
  if (/expire/i.test(text)) {
    return `The customer's password is ${EXPIRED}: configure a new one.`;
  }
  return `The customer's password is ${EXPIRED} or wrong, or its user is ${LOCKED}.`;
}

/** The error for credentials that are not tried now. */
export function notTriedError({
  rejections,
  until,
  retryAfterMs,
  message,
}: LogInPause): AudienceManagerError {
  const times = rejections === 1 ? 'once' : `${rejections} times`;
  const next = `${new Date(until).toISOString().slice(0, 19)}Z`;
  const tries =
    rejections < 3
      ? `They were tried ${times}, and will be tried again at ${next}.`
      : `They were tried ${times}, and will not be tried again before ${next}, unless the configuration gives others or a caller with the permission refresh asks for it.`;
  return new AudienceManagerError('AAM_AUTH_FAILED', `${message} ${tries}`, { retryAfterMs });
}

/**
 * The error for a call to the API that was answered with a 4xx status.
 *
 * @param isList whether all destinations were to be listed, and not one to be read
 */
export function refusedCallError(
  status: number,
  account: Account,
  refusal: Refusal | null,
  redactor: Redactor,
  isList = false,
): AudienceManagerError {
  const said = ownWords(refusal, account, redactor);
  const what = isList ? 'list destinations' : 'read this destination';
  const error = (code: AudienceManagerError['code'], message: string, remedy = ''): AudienceManagerError =>
    new AudienceManagerError(code, `${message}${said}.${remedy}`, { status });
  switch (status) {
    case 401:
      return error('AAM_AUTH_FAILED', 'Audience Manager does not accept the access token it issued');
    case 403: {
      if (refusal?.isPage === true) return error('AAM_BAD_RESPONSE', FIREWALL, FIREWALL_REMEDY);
      if (account.type === 'password') {
        return error('AAM_FORBIDDEN', `The credentials may not ${what}`);
      }
      return refusal?.code === INVALID_API_KEY
        ? error(
            'AAM_AUTH_FAILED',
            'Audience Manager rejected the client ID as API key',
            ` Check the customer's clientId, and that ${PROJECT} has the API of Audience Manager.`,
          )
        : error('AAM_FORBIDDEN', `The credentials may not ${what}`, NEW_CREDENTIALS);
    }
    case 404:
      return isList
        ? error(
            'AAM_NOT_FOUND',
            'Audience Manager has no list of destinations at this address',
            ' Check baseUrl.',
          )
        : error('AAM_NOT_FOUND', 'Audience Manager has no such destination');
    default:
      return error('AAM_BAD_RESPONSE', `Audience Manager answered with status ${status}`);
  }
}

const FIREWALL =
  'A web page with status 403 came instead of an answer of Audience Manager, as firewalls and proxies send it';
const FIREWALL_REMEDY = ' Have them let this machine call the host of baseUrl, or set outbound.proxy.';

/** Source: "Getting started with Audience Manager REST APIs", OAuth Server-to-Server. */
const NEW_CREDENTIALS =
  ' The technical user of new credentials has to be made known by one call of users/self, which aam-gateway check makes; it needs a group that may read the destination, and the project needs a product profile.';
