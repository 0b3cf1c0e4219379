import { type KeyObject, sign, verify } from 'node:crypto'

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT by ES256, as small a program as can make one. */
export function signedJwt(header: object, claims: object, key: KeyObject): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** The same signature that a verification checks, and nothing else. */
export function verifyAlone(text: string, key: KeyObject): void {
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  if (!verify('sha256', Buffer.from(text.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new Error('a bad signature')
}
