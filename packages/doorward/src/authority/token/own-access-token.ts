import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { jwtVerify } from 'jose/jwt/verify'
import type { AuthorityContext } from '../context.ts'

/** What an access token of this server says (RFC 9068 §2.2). */
export interface OwnClaims {
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
  try {
    // The key is looked up among ours and nowhere else, whatever the header says.
    const key = await ctx.keyring.findPublicKey(decodeProtectedHeader(token).kid ?? '')
    if (key === undefined) return undefined
    const { payload } = await jwtVerify(token, key, {
      issuer: ctx.issuer,
      typ: 'at+jwt',
      algorithms: [...ctx.keyring.algorithms],
      requiredClaims: ['sub', 'aud', 'client_id', 'scope', 'iat', 'exp', 'jti', 'grant_id'],
      currentDate: ctx.dateOf(at),
    })
    return payload as unknown as OwnClaims
  } catch {
    return undefined
  }
}
