import { sameSecret, sha256 } from '../kernel/digest.ts'

const UNRESERVED = /^[A-Za-z0-9\-._~]{43,128}$/
const S256_CHALLENGE = /^[A-Za-z0-9\-_]{43}$/

/** RFC 7636 §4.2: an S256 challenge is the base64url of 32 bytes. */
export function isChallenge(text: string): boolean {
  return S256_CHALLENGE.test(text)
}

/** RFC 7636 §4.6, S256 only. False also where the verifier is not well-formed (§4.1). */
export function verifierMatches(verifier: string, challenge: string): boolean {
  return UNRESERVED.test(verifier) && sameSecret(sha256(verifier), challenge)
}
