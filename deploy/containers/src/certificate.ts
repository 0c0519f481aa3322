import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;
/** Left to whoever only looks now and then. */
const RENEW_DAYS = 30;
const NAME = 'localhost';
/** As Node prints it. */
const SUBJECT = `CN=${NAME}`;

/** Both PEM. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** A certificate that nobody but its maker vouches for, for names of loopback: what a browser on this machine asks for. */
export async function makeCertificate(now = Date.now()): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: NAME }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: NAME },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** Whether it is one of these and ends within a month. Another one is somebody else's to renew. */
export function isToBeRenewed(certificate: string, now = Date.now()): boolean {
  const { subject, issuer, validToDate } = new X509Certificate(certificate);
  const isOurs = subject === SUBJECT && issuer === SUBJECT;
  return isOurs && validToDate.getTime() < now + RENEW_DAYS * DAY_MS;
}
