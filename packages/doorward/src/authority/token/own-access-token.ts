import type { KeyObject } from 'node:crypto'
import { keepNewest } from '@doorward/core/kernel/bounded'
import { sha256 } from '@doorward/core/kernel/digest'
import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import type { SignInClaims } from '@doorward/core/token/access-token'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { jwtVerify } from 'jose/jwt/verify'
import type { AuthorityContext } from '../context.ts'

/** What an access token of this server says (RFC 9068 §2.2). */
export interface OwnClaims extends SignInClaims {
  readonly sub: string
  readonly aud: string
  readonly client_id: string
  readonly scope: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly grant_id: string
  readonly authorization_details?: readonly AuthorizationDetail[]
  readonly cnf?: Readonly<Record<string, string>>
  readonly act?: { readonly sub: string }
}

interface CheckedToken {
  readonly claims: OwnClaims
  readonly kid: string
  readonly key: KeyObject
}

/** Tokens whose signature was checked, by their digests: no token is kept. Who introspects asks at each call of the same few. */
export type CheckedTokens = Map<string, CheckedToken>

const MOST_TOKENS = 5000

/**
 * Reads an access token that this server signed; undefined for every other text. Whether its grant still stands is another
 * question.
 * @param at when it has to be good, in seconds since 1970; 0 for whenever
 */
export async function readAccessToken(
  ctx: AuthorityContext,
  token: string,
  at: number,
): Promise<OwnClaims | undefined> {
  const digest = sha256(token)
  const checked = ctx.checkedTokens.get(digest)
  // Only the signature is not checked again: the time is, and that the very key is still among ours.
  if (checked !== undefined && ctx.keyring.publicKey(checked.kid) === checked.key)
    return checked.claims.exp > at ? checked.claims : undefined
  try {
    // The key is looked up among ours and nowhere else, whatever the header says.
    const { kid = '' } = decodeProtectedHeader(token)
    const key = await ctx.keyring.findPublicKey(kid)
    if (key === undefined) return undefined
    const { payload } = await jwtVerify(token, key, {
      issuer: ctx.issuer,
      typ: 'at+jwt',
      algorithms: [...ctx.keyring.algorithms],
      requiredClaims: ['sub', 'aud', 'client_id', 'scope', 'iat', 'exp', 'jti', 'grant_id'],
      currentDate: ctx.dateOf(at),
    })
    const claims = payload as unknown as OwnClaims
    keepNewest(ctx.checkedTokens, digest, { claims, kid, key }, MOST_TOKENS)
    return claims
  } catch {
    return undefined
  }
}
