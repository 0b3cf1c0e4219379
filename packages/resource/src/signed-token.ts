import { KeyObject } from 'node:crypto'
import { isFor, isJwsAlgorithm, isSigned, type JwsAlgorithm } from '@doorward/core/kernel/verify-jws'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { invalidToken, Refusal } from './refusal.ts'
import { isObject } from './tools.ts'

/** A JWT whose signature is good. */
export interface SignedToken {
  readonly header: JWTHeaderParameters
  readonly payload: JWTPayload
  /** As its source gave it; undefined where several had to be tried. */
  readonly key: unknown
}

/** A JWT that nothing is known of yet but its form. */
export interface UnsignedToken extends Omit<SignedToken, 'key'> {
  readonly text: string
}

/** How many keys are tried for a token that names none. */
const MOST_TRIES = 4
const UNKNOWN = 'The access token is not valid here.'

/** Reads a JWT (RFC 7519 §7.2, steps 1 to 6) and believes nothing of it. */
export function readToken(text: string): UnsignedToken {
  const parts = text.split('.')
  const [head = '', body = '', signature = ''] = parts
  // Decoders pass over what is no base64url, and one token would have many spellings.
  if (parts.length !== 3 || !isBase64url(signature)) refuse('malformed')
  return { header: json(head) as JWTHeaderParameters, payload: json(body) as JWTPayload, text }
}

/**
 * Verifies the signature of a token (RFC 7515 §5.2) with a key of its source: an imported public key by `node:crypto`, in half of the
 * time; whatever else a source gives, by `jose` (decision 0036).
 * @throws Refusal
 */
export async function verifySigned(
  unsigned: UnsignedToken,
  find: JWTVerifyGetKey,
  algorithms: readonly string[],
): Promise<SignedToken> {
  const { header, payload, text } = unsigned
  const algorithm = algorithmOf(header, algorithms)
  const [protected_ = '', body = '', signature = ''] = text.split('.')
  try {
    const key: unknown = await find(header, { protected: protected_, payload: body, signature })
    const known = importedKey(key, algorithm)
    if (known === undefined) await compactVerify(text, key as CryptoKey, { algorithms: [algorithm] })
    else if (!isSigned(`${protected_}.${body}`, Buffer.from(signature, 'base64url'), algorithm, known)) {
      refuse('wrong_signature')
    }
    return { header, payload, key }
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refusalFor(error)
    await tryKeys(text, algorithm, error)
    return { header, payload, key: undefined }
  }
}

/** A token without `kid`, several keys: RFC 9068 allows it. */
async function tryKeys(
  text: string,
  algorithm: JwsAlgorithm,
  candidates: errors.JWKSMultipleMatchingKeys,
): Promise<void> {
  let tries = 0
  try {
    for await (const key of candidates) {
      if (++tries > MOST_TRIES) break
      if (await isBy(key)) return
    }
  } catch (error) {
    throw refusalFor(error)
  }
  refuse('wrong_signature')

  async function isBy(key: CryptoKey): Promise<boolean> {
    try {
      await compactVerify(text, key, { algorithms: [algorithm] })
      return true
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return false
      throw error
    }
  }
}

/** RFC 7515 §4.1.1, §4.1.11: one of those that are taken here, and nothing that has to be understood besides. */
function algorithmOf({ alg, crit }: JWTHeaderParameters, algorithms: readonly string[]): JwsAlgorithm {
  if (crit !== undefined) refuse(isListOfNames(crit) ? 'not_supported' : 'malformed')
  if (typeof alg !== 'string' || alg === '') return refuse('malformed')
  return isJwsAlgorithm(alg) && algorithms.includes(alg) ? alg : refuse('algorithm_not_allowed')
}

function isListOfNames(crit: unknown): boolean {
  return Array.isArray(crit) && crit.length > 0 && crit.every((name) => typeof name === 'string' && name !== '')
}

/** Made once for each key of WebCrypto: sources give the same one until they fetch anew. */
const objects = new WeakMap<CryptoKey, KeyObject>()

/** A key that was imported for just this algorithm; undefined for whatever `jose` has to look at. */
function importedKey(key: unknown, algorithm: JwsAlgorithm): KeyObject | undefined {
  if (!(key instanceof CryptoKey)) return key instanceof KeyObject && isFor(algorithm, key) ? key : undefined
  // What cannot be exported stays in WebCrypto.
  if (key.type !== 'public' || !key.extractable || !isMeantFor(algorithm, key)) return undefined
  const made = objects.get(key) ?? KeyObject.from(key)
  objects.set(key, made)
  return isFor(algorithm, made) ? made : undefined
}

/** What a key of WebCrypto was imported for: an RSA key for one hash and padding is for no other. */
function isMeantFor(algorithm: JwsAlgorithm, { usages, algorithm: imported }: CryptoKey): boolean {
  const { hash } = imported as { readonly hash?: { readonly name: string } }
  switch (usages.includes('verify') ? imported.name : '') {
    case 'RSASSA-PKCS1-v1_5':
      return algorithm === `RS${hash?.name.slice(4)}`
    case 'RSA-PSS':
      return algorithm === `PS${hash?.name.slice(4)}`
    case 'ECDSA':
      return algorithm.startsWith('ES')
    case 'Ed25519':
      return algorithm.startsWith('Ed')
    default:
      return false
  }
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof errors.JOSEError) return invalidToken(UNKNOWN, REASONS[error.code] ?? 'malformed', error)
  // A key source of someone else's, or a key that no library takes: in doubt the door stays shut.
  return invalidToken(UNKNOWN, 'no_usable_key', error)
}

const REASONS: Readonly<Record<string, Parameters<typeof invalidToken>[1]>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm_not_allowed',
  ERR_JOSE_NOT_SUPPORTED: 'not_supported',
  ERR_JWKS_NO_MATCHING_KEY: 'unknown_key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'wrong_signature',
}

function isBase64url(part: string): boolean {
  return part.length % 4 !== 1 && /^[A-Za-z0-9_-]*$/.test(part)
}

/** RFC 7519 §7.2: what is no UTF-8 says nothing; mended, two different names would be one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function json(part: string): Record<string, unknown> {
  if (!isBase64url(part)) refuse('malformed')
  try {
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, 'base64url')))
    if (isObject(value)) return value
  } catch {
    // Whatever is wrong with it, it is no JWT.
  }
  return refuse('malformed')
}

function refuse(reason: Parameters<typeof invalidToken>[1]): never {
  throw invalidToken(UNKNOWN, reason)
}
