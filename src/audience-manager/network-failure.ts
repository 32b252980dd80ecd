/** Why a request got no response, in words for people. */
export interface NetworkFailure {
  /** Used in the middle of a sentence. */
  readonly reason: string;
  /** `true`: retrying is useless until somebody changes the configuration or a certificate. */
  readonly lasting: boolean;
}

/** A failure between the gateway and its proxy. The message is the `reason` of a NetworkFailure. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly lasting: boolean;

  constructor({ reason, lasting }: NetworkFailure) {
    super(reason);
    this.lasting = lasting;
  }

  /** The proxy cannot be reached, or its certificate is not trusted. */
  static unreachable(error: unknown): ProxyError {
    const code = codeOf(error);
    const untrusted = certificateFailure(code, "the proxy's", 'outbound.proxy');
    const reason = `the proxy could not be reached (${code}); check outbound.proxy`;
    return new ProxyError(untrusted ?? { reason, lasting: false });
  }

  /** The proxy did not connect to the target. @param status the proxy's answer to CONNECT */
  static refused(status: number): ProxyError {
    if (status === 407) {
      const reason = 'the proxy rejected the credentials (407); check user and password in outbound.proxy';
      return new ProxyError({ reason, lasting: true });
    }
    if (status >= 500)
      return new ProxyError({ reason: `the proxy could not connect (${status})`, lasting: false });
    const reason = `the proxy refused the connection (${status}); allow this host and port in the proxy, or add the host to outbound.noProxy`;
    return new ProxyError({ reason, lasting: true });
  }
}

/** Reduces an error to its code and a remedy. The error itself may contain headers and bodies. */
export function networkFailure(error: unknown): NetworkFailure {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof ProxyError) return { reason: current.message, lasting: current.lasting };
  }
  const code = codeOf(error);
  return (
    certificateFailure(code, 'its', 'baseUrl and tokenUrl') ?? { reason: explained(code), lasting: false }
  );
}

/** What the codes of failed connections mean, and what to check. Others say it themselves. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name does not exist; check baseUrl, tokenUrl and the DNS of this machine',
  EAI_AGAIN: 'the DNS of this machine does not answer',
  ECONNREFUSED: 'the connection was refused; check the port in baseUrl and tokenUrl, and firewalls',
  ECONNRESET: 'the connection was reset; check firewalls and proxies',
  UND_ERR_SOCKET: 'the connection was closed before the answer',
  EHOSTUNREACH: 'there is no way to its network; check the routes and firewalls of this machine',
  ENETUNREACH: 'there is no way to its network; check the routes and firewalls of this machine',
  ETIMEDOUT: 'no connection was made in time; check firewalls',
  UND_ERR_CONNECT_TIMEOUT: 'no connection was made in time; check firewalls',
};

function explained(code: string): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${code}: ${meaning}`;
}

/** The error code of the system, OpenSSL or undici (ECONNREFUSED, UND_ERR_SOCKET, …), else the innermost error's name. */
function codeOf(error: unknown): string {
  let name = 'Error';
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    name = current.name;
  }
  return name;
}

/** Codes that mean: the certificate was not issued by a trusted authority. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Describes a certificate error. @returns undefined if the code is not about a certificate */
function certificateFailure(code: string, whose: string, keys: string): NetworkFailure | undefined {
  const failure = (fault: string): NetworkFailure => ({
    reason: `${whose} certificate ${fault}`,
    lasting: true,
  });
  if (UNTRUSTED.has(code)) {
    return failure(`is not trusted (${code}); add the authority that issued it to outbound.ca`);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return failure(`is for another host (${code}); check ${keys}`);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return failure(`is not valid now (${code}); check the clock of this machine`);
  }
  return undefined;
}
