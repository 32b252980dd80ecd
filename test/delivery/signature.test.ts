import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SignatureCheck } from '../../src/delivery/signature.js';

const BODY = Buffer.from('POST message content');
const SECRET = 'sample_partner_private_key';

/** The example of "Digitally signed HTTP(S) requests". */
const DOCUMENTED = '+wFdR/afZNoVqtGl8/e1KJ4ykPU=';

const sha1 = new SignatureCheck({ header: 'x-signature', algorithm: 'SHA-1', secrets: [SECRET] });
const sha256 = new SignatureCheck({ header: 'x-signature', algorithm: 'SHA-256', secrets: ['new', 'old'] });

const signed = (secret: string): string => createHmac('sha256', secret).update(BODY).digest('base64');

describe('the signature of a message', () => {
  it('is right as Adobe documents it', () => {
    expect(sha1.faultOf(BODY, DOCUMENTED)).toBeNull();
  });

  it('may be made with SHA-256, and with the previous secret while it changes', () => {
    expect(sha256.faultOf(BODY, signed('new'))).toBeNull();
    expect(sha256.faultOf(BODY, signed('old'))).toBeNull();
    expect(sha256.faultOf(BODY, signed('older'))).toBe('wrong');
  });

  it.each([
    ['of another body', createHmac('sha1', SECRET).update('POST message content ').digest('base64')],
    ['of another algorithm', createHmac('sha256', SECRET).update(BODY).digest('base64')],
    ['in hexadecimal digits', createHmac('sha1', SECRET).update(BODY).digest('hex')],
    ['without its padding', DOCUMENTED.slice(0, -1)],
    ['with something in front', `sha1=${DOCUMENTED}`],
    ['with something that base64 has not', `${DOCUMENTED.slice(0, 4)} ${DOCUMENTED.slice(4)}`],
    ['twice in one header', `${DOCUMENTED}, ${DOCUMENTED}`],
    ['of a shorter length', 'AAAA'],
    ['in the alphabet for addresses', DOCUMENTED.replaceAll('+', '-').replaceAll('/', '_')],
  ])('is wrong %s', (_, given) => {
    expect(sha1.faultOf(BODY, given)).toBe('wrong');
  });

  it.each([undefined, ''])('is missing: %j', (given) => {
    expect(sha1.faultOf(BODY, given)).toBe('missing');
  });
});
