/** Why a destination could not be read, by what somebody can do about it. `docs/failures.md` has them all. */
export type FailureKind =
  | 'hostUnknown'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'serverError'
  | 'certificateUntrusted'
  | 'certificateExpired'
  | 'certificateOfOther'
  | 'unreachable'
  | 'webPage'
  | 'redirect'
  | 'firewall'
  | 'badResponse'
  | 'forbidden'
  | 'unknownDestination'
  | 'clientSecret'
  | 'password'
  | 'locked'
  | 'logIn'
  | 'rateLimited'
  | 'storage'
  | 'other';

/** The kinds of each error code, by what the message says. The last one is for all other messages. */
const KINDS: Readonly<Record<string, readonly (readonly [words: RegExp, kind: FailureKind])[]>> = {
  AAM_UNAVAILABLE: [
    [/certificate is not trusted/, 'certificateUntrusted'],
    [/certificate is not valid now/, 'certificateExpired'],
    [/certificate is for another host/, 'certificateOfOther'],
    [/ENOTFOUND|EAI_AGAIN/, 'hostUnknown'],
    [/ECONNREFUSED/, 'refused'],
    [/ECONNRESET|UND_ERR_SOCKET/, 'reset'],
    [/did not answer within|ETIMEDOUT|TIMEOUT/, 'timeout'],
    [/answered with status 5\d\d/, 'serverError'],
    [/(?:)/, 'unreachable'],
  ],
  AAM_BAD_RESPONSE: [
    [/not JSON but a web page/, 'webPage'],
    [/a redirect/, 'redirect'],
    [/as firewalls and proxies send it/, 'firewall'],
    [/(?:)/, 'badResponse'],
  ],
  AAM_FORBIDDEN: [[/(?:)/, 'forbidden']],
  AAM_NOT_FOUND: [[/(?:)/, 'unknownDestination']],
  AAM_AUTH_FAILED: [
    [/user is locked .*has to unlock/, 'locked'],
    [/Check audienceManager\.password\.clientId/, 'clientSecret'],
    [/The customer's password is/, 'password'],
    [/(?:)/, 'logIn'],
  ],
  AAM_RATE_LIMITED: [[/(?:)/, 'rateLimited']],
  STORAGE_UNAVAILABLE: [[/(?:)/, 'storage']],
};

/** Why a destination could not be read, by the code and the message of `SyncError`. */
export function failureKindOf(code: string, message: string): FailureKind {
  return KINDS[code]?.find(([words]) => words.test(message))?.[1] ?? 'other';
}
