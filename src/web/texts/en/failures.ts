/** Why a destination could not be read, and what helps, in English. `docs/failures.md` says the same in more words. */
export const failures = {
  hostUnknown: {
    reason: 'Audience Manager’s address cannot be found.',
    remedy: 'Whoever runs the gateway checks `baseUrl`, `tokenUrl` and the DNS of its machine.',
  },
  refused: {
    reason: 'Audience Manager’s address refuses connections.',
    remedy: 'Whoever runs the gateway checks the port in `baseUrl` and `tokenUrl`, and firewalls.',
  },
  reset: {
    reason: 'The connection to Audience Manager breaks off.',
    remedy: 'Whoever runs the gateway checks firewalls and proxies. If others can call it, it helps to wait.',
  },
  timeout: {
    reason: 'Audience Manager does not answer in time.',
    remedy:
      'It helps to wait. If it stays, whoever runs the gateway checks firewalls, or raises `requestTimeout`.',
  },
  serverError: {
    reason: 'Audience Manager is down.',
    remedy: 'Nothing to do: the gateway tries again by itself.',
  },
  certificateUntrusted: {
    reason: 'The gateway does not trust the certificate that it is shown.',
    remedy: 'Whoever runs the gateway adds the authority that issued it to `outbound.ca`.',
  },
  certificateExpired: {
    reason: 'The certificate that the gateway is shown is not valid now.',
    remedy:
      'Whoever runs the gateway checks the clock of its machine; else the host has to renew its certificate.',
  },
  certificateOfOther: {
    reason: 'The certificate that the gateway is shown belongs to another host.',
    remedy: 'Whoever runs the gateway checks `baseUrl` and `tokenUrl`.',
  },
  unreachable: {
    reason: 'Audience Manager cannot be reached.',
    remedy:
      'The gateway tries again by itself. If it stays, whoever runs it checks network, proxy and firewalls.',
  },
  webPage: {
    reason: 'A web page comes back instead of data.',
    remedy: 'Whoever runs the gateway checks `baseUrl`, `tokenUrl` and `outbound.proxy`.',
  },
  redirect: {
    reason: 'The gateway is sent to another address, perhaps to log in.',
    remedy: 'Whoever runs the gateway checks `baseUrl`, `tokenUrl` and whether a proxy asks for a log-in.',
  },
  firewall: {
    reason: 'A firewall or proxy does not let the gateway through.',
    remedy: 'Have the firewall let the gateway’s machine call the host, or set `outbound.proxy`.',
  },
  badResponse: {
    reason: 'What Audience Manager answers cannot be used.',
    remedy: 'The names from before stay. If it stays so, whoever runs the gateway finds the reason below.',
  },
  forbidden: {
    reason: 'The customer does not let us read this destination.',
    remedy: 'Ask the customer to give our user read permission on it.',
  },
  unknownDestination: {
    reason: 'The customer has no destination with this ID (any more).',
    remedy: 'Check the ID with the customer.',
  },
  clientSecret: {
    reason: 'Our own client ID or client secret is not accepted.',
    remedy: 'Whoever runs the gateway corrects `audienceManager.password`. It concerns all customers.',
  },
  password: {
    reason: 'The customer’s password is not accepted. It has probably expired or was changed.',
    remedy: 'Ask the customer for the new one. Do not try passwords by hand: five wrong ones lock the user.',
  },
  locked: {
    reason: 'The customer’s user is locked after too many wrong passwords.',
    remedy: 'Ask an administrator of the customer to unlock it. Then have the destination read again.',
  },
  logIn: {
    reason: 'Audience Manager does not accept the log-in.',
    remedy: 'Ask the customer whether secret or password were changed. The details are below.',
  },
  rateLimited: {
    reason: 'Audience Manager asks to be called less often.',
    remedy: 'It helps to wait. If it stays, whoever runs the gateway reduces `callsPerSecond`.',
  },
  storage: {
    reason: 'The gateway’s database does not answer.',
    remedy: 'Names can still be looked up. Whoever runs the gateway looks after the database.',
  },
  other: {
    reason: 'The last attempt to read it failed.',
    remedy: 'The gateway tries again by itself. If it stays, whoever runs it finds the reason below.',
  },
};
