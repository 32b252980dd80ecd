import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../src/config/index.js';
import { refusal } from './helpers.js';

const CANARY = 'cAnArY77';

function everyText(error: ConfigError): string {
  return [
    error.message,
    String(error),
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error.problems),
    inspect(error, { depth: null, showHidden: true }),
    inspect(error.cause),
  ].join('\n');
}

describe('the message about', () => {
  const env = { SECRET: CANARY, BROKEN: `${CANARY}\n` };
  const credentials = (rest: string): string =>
    `customers: [{ id: a, credentials: { type: password, username: u, ${rest} } }]`;

  it.each([
    ['a password of a wrong form', credentials(`password: "${CANARY}\\n"`)],
    ['a password from the environment of a wrong form', credentials('password: "${env:BROKEN}"')],
    ['a password beside another mistake', credentials(`password: ${CANARY}, nope: 1`)],
    ['a password that is a list', credentials(`password: [${CANARY}]`)],
    ['a password that is a mapping', credentials(`password: { ${CANARY}: ${CANARY}, ${CANARY}: 2 }`)],
    ['a password with a comma and no quotes', credentials(`password: abc,${CANARY}`)],
    ['a password with a missing quote', credentials(`password: "${CANARY}`)],
    ['a password with text behind its quotes', credentials(`password: "a" ${CANARY}`)],
    ['a password that begins with *', credentials(`password: *${CANARY}`)],
    ['a password that begins with !', credentials(`password: !${CANARY}`)],
    ['a password that begins with &', credentials(`password: &${CANARY}`)],
    ['a password that begins with @', credentials(`password: @${CANARY}`)],
    ['a password that begins with %', credentials(`password: '%${CANARY}`)],
    ['a password with a colon', `customers:\n- id: a\n  credentials:\n    password: x: ${CANARY}`],
    ['a password over two lines', `customers:\n- id: a\n  credentials:\n    password: x\n   ${CANARY}`],
    ['a password with an escape', credentials(`password: "\\q${CANARY}"`)],
    ['a password with a stray reference', credentials(`password: "\${${CANARY}}"`)],
    ['a password given twice', credentials(`password: ${CANARY}, password: ${CANARY}`)],
    [
      'a client secret without its client',
      `audienceManager: { password: { clientSecret: ${CANARY} } }\ncustomers: []`,
    ],
    [
      'a client secret of a wrong form',
      `audienceManager: { password: { clientId: x, clientSecret: "\\t${CANARY}" } }\ncustomers: []`,
    ],
    ['a password in place of the section', `audienceManager: { password: ${CANARY} }\ncustomers: []`],
    ['a referenced value that is out of range', 'listen: { port: "${env:SECRET}" }\ncustomers: []'],
    ['a value of which a part is referenced', 'listen: { port: "1${env:SECRET}" }\ncustomers: []'],
    ['a referenced host', 'listen: { host: "${env:SECRET}" }\ncustomers: []'],
    ['referenced IDs that are the same', 'customers: [{ id: "${env:SECRET}" }, { id: "${env:SECRET}" }]'],
    ['a referenced type', 'customers: [{ id: a, credentials: { type: "${env:SECRET}" } }]'],
    [
      'a referenced ID of a customer that needs the client',
      'customers: [{ id: "${env:SECRET}", credentials: { type: password, username: u, password: p } }]',
    ],
    [
      'a password in a URL',
      `audienceManager: { password: { baseUrl: "https://u:${CANARY}@h", tokenUrl: "htps://u:${CANARY}@h" } }\ncustomers: []`,
    ],
    [
      'a key in a URL',
      `audienceManager: { password: { baseUrl: "https://h?key=${CANARY}", tokenUrl: "h#${CANARY}" } }\ncustomers: []`,
    ],
    [
      'a private key that is broken',
      `listen: { tls: { cert: x, key: "-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----" } }\ncustomers: []`,
    ],
    ['a private key without its first line', `listen: { tls: { cert: x, key: ${CANARY} } }\ncustomers: []`],
    ['a private key that is a list', `listen: { tls: { cert: x, key: [${CANARY}] } }\ncustomers: []`],
    [
      'a private key in place of the certificate',
      `listen: { tls: { key: x, cert: "-----BEGIN PRIVATE KEY-----\n${CANARY}" } }\ncustomers: []`,
    ],
    ["a proxy's password", `outbound: { proxy: "socks5://u:${CANARY}@h:1080" }\ncustomers: []`],
    ["a proxy's password with a slash", `outbound: { proxy: "http://u:1/${CANARY}@h:3128" }\ncustomers: []`],
    ["a proxy's password with a percent", `outbound: { proxy: "http://u:%${CANARY}@h" }\ncustomers: []`],
    ["a proxy's password that is a mapping", `outbound: { proxy: { ${CANARY}: 1 } }\ncustomers: []`],
    [
      'a signing key of a wrong form',
      `messages: { signature: { header: x, algorithm: SHA-1, secret: "\\t${CANARY}" } }\ncustomers: []`,
    ],
    [
      'a previous signing key that is a list',
      `messages: { signature: { header: x, previousSecret: [${CANARY}] } }\ncustomers: []`,
    ],
    [
      'a password under a misspelt key',
      `customers: [{ id: a, credentials: { type: password, username: u, pasword: ${CANARY} } }]`,
    ],
  ])('%s does not contain the secret', (_, text) => {
    const error = refusal(text, { env });
    expect(error.problems.length).toBeGreaterThan(0);
    expect(everyText(error)).not.toContain(CANARY);
  });

  it('a value that is not secret contains it, so the tests above can fail', () => {
    expect(everyText(refusal(`listen: { port: ${CANARY} }\ncustomers: []`))).toContain(CANARY);
  });
});
