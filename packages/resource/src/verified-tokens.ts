import { keepNewest } from '@doorward/core/kernel/bounded'
import { sha256 } from '@doorward/core/kernel/digest'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyGetKey } from 'jose'

/** The signature of one token, checked once: what the token says, and which key said so. */
export interface Verified {
  readonly issuer: string
  readonly header: JWTHeaderParameters
  /** Frozen, since every request with this token reads the same. */
  readonly payload: JWTPayload
  /** As its source gave it. */
  readonly key: unknown
}

export interface VerifiedTokens {
  readonly recall: (token: string, now: number) => Promise<Verified | undefined>
  readonly remember: (token: string, verified: Verified) => void
}

export interface VerifiedTokensWorld {
  readonly keys: (issuer: string) => JWTVerifyGetKey
  readonly toleranceSeconds: number
}

const MOST = 5_000

/**
 * Remembers tokens whose signature was checked, by their digests: no token is kept. Only the signature is not checked again. The
 * times are, at each request, and the key has to be the very one that its source still gives: a key that was withdrawn, or fetched
 * anew, makes every token of it a stranger. What does not fit is forgotten and looked at from the start.
 */
export function verifiedTokens({ keys, toleranceSeconds }: VerifiedTokensWorld): VerifiedTokens {
  const known = new Map<string, Verified>()
  return {
    recall: async (token, now) => {
      const digest = sha256(token)
      const verified = known.get(digest)
      if (verified === undefined) return undefined
      if (isTimely(verified.payload, now, toleranceSeconds) && (await keyOf(verified, token)) === verified.key)
        return verified
      known.delete(digest)
      return undefined
    },
    remember: (token, verified) => {
      keepNewest(known, sha256(token), verified, MOST)
    },
  }

  /** What the source gives for this token now; nothing where it refuses, which is then found out again and said. */
  async function keyOf({ issuer, header }: Verified, token: string): Promise<unknown> {
    const [protected_ = '', payload = '', signature = ''] = token.split('.')
    try {
      return await keys(issuer)(header, { protected: protected_, payload, signature })
    } catch {
      return undefined
    }
  }
}

function isTimely({ exp, nbf }: JWTPayload, now: number, toleranceSeconds: number): boolean {
  return exp !== undefined && exp > now - toleranceSeconds && (nbf === undefined || nbf <= now + toleranceSeconds)
}

/** Freezes a value of JSON through and through. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
