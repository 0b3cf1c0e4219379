import { type KeyObject, sign } from 'node:crypto'

export type SigningAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

/** A private key ready to sign with; made once, never per request. */
export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
}

/**
 * Signs claims as a JWT of an explicit type (RFC 8725 §3.11) in JWS compact serialization (RFC 7515 §3.1).
 * `node:crypto` signs in a quarter of the time that WebCrypto takes (decision 0004).
 */
export function signJwt(key: SigningKey, type: string, claims: object): string {
  const input = `${headerOf(key, type)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const signature = sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${input}.${signature.toString('base64url')}`
}

const headers = new WeakMap<SigningKey, Map<string, string>>()

function headerOf(key: SigningKey, type: string): string {
  const ofKey = headers.get(key) ?? new Map<string, string>()
  headers.set(key, ofKey)
  const known = ofKey.get(type)
  if (known !== undefined) return known
  const header = Buffer.from(JSON.stringify({ alg: key.alg, typ: type, kid: key.kid })).toString('base64url')
  ofKey.set(type, header)
  return header
}
