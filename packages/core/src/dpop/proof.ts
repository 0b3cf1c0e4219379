import { createPublicKey, type KeyObject } from 'node:crypto'
import { keepNewest } from '../kernel/bounded.ts'
import { sha256 } from '../kernel/digest.ts'
import { showsPrivateKey } from '../kernel/private-key.ts'
import { isFor, isSigned } from '../kernel/verify-jws.ts'

/** What a proof may be signed with (RFC 9449 §4.2): asymmetric, and registered for JWS. */
export const PROOF_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
] as const
type ProofAlgorithm = (typeof PROOF_ALGORITHMS)[number]

export interface Expected {
  readonly method: string
  /** The address as clients know it; query and fragment do not count. */
  readonly url: string
  /** Seconds since 1970. */
  readonly now: number
  /** By how much its clock may be ahead; as much as behind where nothing is said. */
  readonly mostAheadSeconds?: number
  /** Of those known, what is taken here; all of them where nothing is said. */
  readonly algorithms?: readonly string[]
  /** The access token that it comes with, at a protected resource. */
  readonly accessToken?: string
  /** The key that the access token is bound to. */
  readonly thumbprint?: string
}

export interface Proof {
  /** RFC 7638, SHA-256, base64url: the `jkt` of RFC 9449 §6.1. */
  readonly thumbprint: string
  readonly nonce: string | undefined
  /** Whole seconds since 1970, by the clock of who made it. */
  readonly issuedAt: number
  /** Names this proof for as long as it is good. */
  readonly replayKey: string
  /** Until then, in seconds since 1970, it has to be remembered. */
  readonly until: number
}

export type ProofProblem =
  | 'malformed'
  | 'wrong_type'
  | 'algorithm'
  | 'key'
  | 'private_key'
  | 'signature'
  | 'claims'
  | 'method'
  | 'url'
  | 'time'
  | 'access_token'
  | 'other_key'

export type ProofVerdict =
  | { readonly verdict: 'good'; readonly proof: Proof }
  | { readonly verdict: 'bad'; readonly problem: ProofProblem }

/** MCP, DPoP extension: five minutes either way, since clocks differ. */
export const PROOF_WINDOW_SECONDS = 300

const LONGEST = 8192
const SKEW_SECONDS = 30
const LONGEST_JTI = 256
/** RFC 7638 §3.2: the members that make a key, in their order. */
const KEY_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** Judges a DPoP proof (RFC 9449 §4.3). What has been seen before and what nonce is good, the caller knows. Pure. */
export function judgeProof(text: string, expected: Expected): ProofVerdict {
  const parts = text.length > LONGEST ? [] : text.split('.')
  const [head, body, signature] = parts as [string, string, string]
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return bad('malformed')
  const claims = json(body)
  if (claims === undefined) return bad('malformed')
  const signer = SIGNERS.get(head) ?? readHeader(head, expected.algorithms)
  if (typeof signer === 'string') return bad(signer)
  if (expected.algorithms?.includes(signer.algorithm) === false) return bad('algorithm')
  const { algorithm, key } = signer
  if (!isSigned(`${head}.${body}`, Buffer.from(signature, 'base64url'), algorithm, key)) return bad('signature')
  if (text.length <= LONGEST_REMEMBERED) keepNewest(SIGNERS, head, signer, MOST_SIGNERS)
  return judgeClaims(claims, signer.thumbprint, expected)
}

/** What the header of a proof says: whose key it is, and how it is used. */
interface Signer {
  readonly algorithm: ProofAlgorithm
  readonly thumbprint: string
  readonly key: KeyObject
}

/**
 * Headers that a proof was signed under, and what they say: a client sends the very same one each time, and importing its key takes
 * half as long as verifying with it. The same text says the same, so this changes no verdict.
 */
const SIGNERS = new Map<string, Signer>()
const MOST_SIGNERS = 1000
const LONGEST_REMEMBERED = 2048

function readHeader(head: string, taken: readonly string[] | undefined): Signer | ProofProblem {
  const header = json(head)
  if (header === undefined) return 'malformed'
  if (header.typ !== 'dpop+jwt') return 'wrong_type'
  const algorithm = PROOF_ALGORITHMS.find((known) => known === header.alg)
  const isTaken = algorithm !== undefined && (taken?.includes(algorithm) ?? true)
  if (!isTaken || header.crit !== undefined) return 'algorithm'
  const jwk = header.jwk
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'key'
  const fields = jwk as Record<string, unknown>
  if (showsPrivateKey(fields)) return 'private_key'
  const key = publicKey(fields, algorithm)
  return key === undefined ? 'key' : { algorithm, thumbprint: thumbprintOf(fields), key }
}

/** RFC 7638: the digest of the key itself, whatever else stands in the JWK. */
export function thumbprintOf(jwk: Readonly<Record<string, unknown>>): string {
  const members = KEY_MEMBERS[String(jwk.kty)] ?? []
  const canonical = JSON.stringify(Object.fromEntries(members.map((member) => [member, jwk[member]])))
  return sha256(canonical)
}

function judgeClaims(claims: Record<string, unknown>, thumbprint: string, expected: Expected): ProofVerdict {
  const { jti, htm, htu, iat, ath, nonce, exp, nbf } = claims
  const isComplete =
    typeof htm === 'string' && typeof htu === 'string' && typeof iat === 'number' && Number.isFinite(iat)
  if (!isComplete || typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) return bad('claims')
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > LONGEST_JTI)) return bad('claims')
  if (htm !== expected.method) return bad('method')
  const target = ownAddress(expected.url)
  if (target === undefined || (htu !== target && withoutQuery(htu) !== target)) return bad('url')
  const { now, mostAheadSeconds = PROOF_WINDOW_SECONDS } = expected
  if (iat < now - PROOF_WINDOW_SECONDS || iat > now + mostAheadSeconds) return bad('time')
  // RFC 7519 §4.1.4, §4.1.5: no proof needs these, but what its maker bounded more narrowly is not good for longer.
  if (exp !== undefined && !(typeof exp === 'number' && expected.now < exp + SKEW_SECONDS)) return bad('time')
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= expected.now + SKEW_SECONDS)) return bad('time')
  if (expected.accessToken !== undefined) {
    if (ath !== sha256(expected.accessToken)) return bad('access_token')
  }
  if (expected.thumbprint !== undefined && expected.thumbprint !== thumbprint) return bad('other_key')
  // §11.1: what is remembered has one size, however long the jti is.
  const replayKey = sha256(JSON.stringify([thumbprint, target, jti]))
  return {
    verdict: 'good',
    proof: {
      thumbprint,
      nonce: nonce as string | undefined,
      issuedAt: Math.floor(iat),
      replayKey,
      until: Math.ceil(iat) + PROOF_WINDOW_SECONDS + 1,
    },
  }
}

function publicKey(jwk: Record<string, unknown>, algorithm: ProofAlgorithm): KeyObject | undefined {
  const type = algorithm.startsWith('ES') ? 'EC' : algorithm.startsWith('Ed') ? 'OKP' : 'RSA'
  if (jwk.kty !== type) return undefined
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519', Ed25519: 'Ed25519' }[
    algorithm as string
  ]
  if (curve !== undefined && jwk.crv !== curve) return undefined
  try {
    const members = Object.fromEntries((KEY_MEMBERS[type] ?? []).map((member) => [member, jwk[member]]))
    const key = createPublicKey({ key: members as JsonWebKey, format: 'jwk' })
    return isFor(algorithm, key) ? key : undefined
  } catch {
    return undefined
  }
}

/** §4.3: "ignoring any query and fragment parts", after the normalization that every URL parser does (RFC 3986 §6.2). */
function withoutQuery(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return undefined
  return `${url.origin}${url.pathname}`
}

/** Addresses of our own, which come with each proof, as `withoutQuery` reads them. */
const OWN = new Map<string, string | undefined>()
const MOST_OWN = 100

function ownAddress(url: string): string | undefined {
  if (!OWN.has(url)) keepNewest(OWN, url, withoutQuery(url), MOST_OWN)
  return OWN.get(url)
}

function json(part: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function bad(problem: ProofProblem): ProofVerdict {
  return { verdict: 'bad', problem }
}
